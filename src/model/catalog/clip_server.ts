/**
 * What clip_server had of OpenCLIP's models: how it spelt their names, and the md5s of the files that
 * it kept (clip-as-service 0.8.4; of the three with text towers of RoBERTa's kind 0.8.3).
 */

/** Of a model that clip_server named: its md5 by clip_server's name. */
export const CLIP_SERVER_MD5: Readonly<Record<string, string>> = {
  "RN50::yfcc15m": "e9c564f91ae7dc754d9043fdcd2a9f22",
  "RN50::cc12m": "37cb01eb52bb6efe7666b1ff2d7311b5",
  "RN101::yfcc15m": "48f7448879ce25e355804f6bb7928cb8",
  "ViT-B-32::laion400m_e31": "ca8015f98ab0f8780510710681d7b73e",
  "ViT-B-32::laion400m_e32": "359e0dba4a419f175599ee0c63a110d8",
  "ViT-B-32::laion2b_e16": "df08de3d9f2dc53c71ea26e184633902",
  "ViT-B-32::laion2b-s34b-b79k": "2fc036aea9cd7306f5ce7ce6abb8d0bf",
  "ViT-B-16::laion400m_e31": "31306a44224cc46fec1bc3b82fd0c4e6",
  "ViT-B-16::laion400m_e32": "07283adc5c17899f2ed22d82b563c54b",
  "ViT-B-16-plus-240::laion400m_e31": "c88f453644a998ecb094d878a2f0738d",
  "ViT-B-16-plus-240::laion400m_e32": "e573af3cef888441241e35022f30cc95",
  "ViT-L-14::laion400m_e31": "09d223a6d41d2c5c201a9da618d833aa",
  "ViT-L-14::laion400m_e32": "a76cde1bc744ca38c6036b920c847a89",
  "ViT-L-14::laion2b-s32b-b82k": "4d2275fc7b2d7ee9db174f9b57ddecbd",
  "ViT-H-14::laion2b-s32b-b79k": "2aa6c46521b165a0daeb8cdc6668c7d3",
  "ViT-g-14::laion2b-s12b-b42k": "3bf99353f6f1829faac0bb155be4382a",
  "roberta-ViT-B-32::laion2b-s12b-b32k": "76d4c9d13774cc15fa0e2b1b94a8402c",
  "xlm-roberta-base-ViT-B-32::laion5b-s13b-b90k": "f68abc07ef349720f1f880180803142d",
  "xlm-roberta-large-ViT-H-14::frozen_laion5b_s13b_b90k": "b49991239a419d704fdba59c42d5536d",
};

const BY_TAG: ReadonlyMap<string, string> = new Map(
  Object.keys(CLIP_SERVER_MD5).map((name) => [name.replaceAll("-", "_"), name]),
);

/** clip_server's spelling of an OpenCLIP name (`-` for some `_` of the tag), if it had the model. */
export function clipServerName(name: string): string | undefined {
  return BY_TAG.get(name.replaceAll("-", "_"));
}
