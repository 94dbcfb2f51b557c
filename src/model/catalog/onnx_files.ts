/**
 * clip-as-service's ONNX files: folder and md5 of each, from its table (`clip_onnx.py`, 0.8.4).
 * Its bucket has been closed since 2023; the files live on in caches, and under other names on the
 * hub.
 */
import type { OnnxHubExport, OnnxPair } from "./entry.ts";

function pair(folder: string, textual: string, visual: string, visualFile = "visual.onnx") {
  return {
    folder,
    textual: { file: "textual.onnx", md5: textual },
    visual: { file: visualFile, md5: visual },
  };
}

const PAIRS: Readonly<Record<string, OnnxPair>> = {
  "RN50::openai": pair(
    "RN50",
    "722418bfe47a1f5c79d1f44884bb3103",
    "5761475db01c3abb68a5a805662dcd10",
  ),
  "RN50::yfcc15m": pair(
    "RN50-yfcc15m",
    "4ff2ea7228b9d2337b5440d1955c2108",
    "87daa9b4a67449b5390a9a73b8c15772",
  ),
  "RN50::cc12m": pair(
    "RN50-cc12m",
    "78fa0ae0ea47aca4b8864f709c48dcec",
    "0e04bf92f3c181deea2944e322ebee77",
  ),
  "RN101::openai": pair(
    "RN101",
    "2d9efb7d184c0d68a369024cedfa97af",
    "0297ebc773af312faab54f8b5a622d71",
  ),
  "RN101::yfcc15m": pair(
    "RN101-yfcc15m",
    "7aa2a4e3d5b960998a397a6712389f08",
    "681a72dd91c9c79464947bf29b623cb4",
  ),
  "RN50x4::openai": pair(
    "RN50x4",
    "d9d63d3fe35fb14d4affaa2c4e284005",
    "16afe1e35b85ad862e8bbdb12265c9cb",
  ),
  "RN50x16::openai": pair(
    "RN50x16",
    "1525785494ff5307cadc6bfa56db6274",
    "2a293d9c3582f8abe29c9999e47d1091",
  ),
  "RN50x64::openai": pair(
    "RN50x64",
    "3ae8ade74578eb7a77506c11bfbfaf2c",
    "1341f10b50b3aca6d2d5d13982cabcfc",
  ),
  "ViT-B-32::openai": pair(
    "ViT-B-32",
    "bd6d7871e8bb95f3cc83aff3398d7390",
    "88c6f38e522269d6c04a85df18e6370c",
  ),
  "ViT-B-32::laion2b_e16": pair(
    "ViT-B-32-laion2b_e16",
    "aa6eac88fe77d21f337e806417957497",
    "0cdc00a9dfad560153d40aced9df0c8f",
  ),
  "ViT-B-32::laion400m_e31": pair(
    "ViT-B-32-laion400m_e31",
    "832f417bf1b3f1ced8f9958eda71665c",
    "62326b925ae342313d4cc99c2741b313",
  ),
  "ViT-B-32::laion400m_e32": pair(
    "ViT-B-32-laion400m_e32",
    "93284915937ba42a2b52ae8d3e5283a0",
    "db220821a31fe9795fd8c2ba419078c5",
  ),
  "ViT-B-32::laion2b-s34b-b79k": pair(
    "ViT-B-32-laion2b-s34b-b79k",
    "84af5ae53da56464c76e67fe50fddbe9",
    "a2d4cbd1cf2632cd09ffce9b40bfd8bd",
  ),
  "ViT-B-16::openai": pair(
    "ViT-B-16",
    "6f0976629a446f95c0c8767658f12ebe",
    "d5c03bfeef1abbd9bede54a8f6e1eaad",
  ),
  "ViT-B-16::laion400m_e31": pair(
    "ViT-B-16-laion400m_e31",
    "5db27763c06c06c727c90240264bf4f7",
    "04a6a780d855a36eee03abca64cd5361",
  ),
  "ViT-B-16::laion400m_e32": pair(
    "ViT-B-16-laion400m_e32",
    "9abe000a51b6f1cbaac8fde601b16725",
    "d38c144ac3ad7fbc1966f88ff8fa522f",
  ),
  "ViT-B-16-plus-240::laion400m_e31": pair(
    "ViT-B-16-plus-240-laion400m_e31",
    "2b524e7a530a98010cc7e57756937c5c",
    "a78989da3300fd0c398a9877dd26a9f1",
  ),
  "ViT-B-16-plus-240::laion400m_e32": pair(
    "ViT-B-16-plus-240-laion400m_e32",
    "53c8d26726b386ca0749207876482907",
    "7a32c4272c1ee46f734486570d81584b",
  ),
  "ViT-L-14::openai": pair(
    "ViT-L-14",
    "325380b31af4837c2e0d9aba2fad8e1b",
    "53f5b319d3dc5d42572adea884e31056",
  ),
  "ViT-L-14::laion400m_e31": pair(
    "ViT-L-14-laion400m_e31",
    "36216b85e32668ea849730a54e1e09a4",
    "15fa5a24916e2a58325c5cf70350c300",
  ),
  "ViT-L-14::laion400m_e32": pair(
    "ViT-L-14-laion400m_e32",
    "8ba5b76ba71992923470c0261b10a67c",
    "49db3ba92bd816001e932530ad92d76c",
  ),
  "ViT-L-14::laion2b-s32b-b82k": pair(
    "ViT-L-14-laion2b-s32b-b82k",
    "da36a6cbed4f56abf576fdea8b6fe2ee",
    "1e337a190abba6a8650237dfae4740b7",
  ),
  "ViT-L-14-336::openai": pair(
    "ViT-L-14@336px",
    "78fab479f136403eed0db46f3e9e7ed2",
    "f3b1f5d55ca08d43d749e11f7e4ba27e",
  ),
  "ViT-H-14::laion2b-s32b-b79k": pair(
    "ViT-H-14-laion2b-s32b-b79k",
    "41e73c0c871d0e8e5d5e236f917f1ec3",
    "38151ea5985d73de94520efef38db4e7",
    "visual.zip",
  ),
  "ViT-g-14::laion2b-s12b-b42k": pair(
    "ViT-g-14-laion2b-s12b-b42k",
    "e597b7ab4414ecd92f715d47e79a033f",
    "6d0ac4329de9b02474f4752a5d16ba82",
    "visual.zip",
  ),
};

/** The hub repository that is said to hold clip-as-service's files as `<folder>-<file>`. */
export const CLIP_AS_SERVICE_HUB = "jinaai/clip-models";

/** clip-as-service's export of the model with that canonical name, if it made one. */
export function onnxPairOf(name: string): OnnxPair | undefined {
  return PAIRS[name];
}

/** The transformers.js export of one of OpenAI's vision transformers, e.g. `base-patch32`. */
export function transformersJsExport(size: string): OnnxHubExport {
  return {
    repository: `Xenova/clip-vit-${size}`,
    textual: "onnx/text_model.onnx",
    visual: "onnx/vision_model.onnx",
  };
}
