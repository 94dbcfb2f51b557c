"""What the real libraries make of texts: ids and places, by tokenizers as they are published.

    python library_ids.py FAMILIES OUT --lines 10000 --seed 1 [--train]

FAMILIES is tests/fixtures/families, which files of its own are relative to. OUT gets lines.json; cases.json, a list of {name, file, format,
clean, ids, offsets}; and, with --train, vocabularies of other seeds and sizes. `offsets` are UTF-16
units, where a library gives them. Made for tokenizers 0.22.2, sentencepiece 0.2.3, transformers
4.57.6 (requirements.txt).
"""

import argparse
import itertools
import json
import random
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import (
    Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers,
)
from transformers import BertTokenizerFast, SiglipTokenizer, T5Tokenizer, XLMRobertaTokenizer

# Ranges of 20 scripts, of marks, symbols, controls and emoji.
RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x180, 0x24F), (0x370, 0x3FF), (0x400, 0x4FF), (0x530, 0x58F),
    (0x590, 0x5FF), (0x600, 0x6FF), (0x700, 0x74F), (0x900, 0x97F), (0x980, 0x9FF), (0xB80, 0xBFF),
    (0xE00, 0xE7F), (0xE80, 0xEFF), (0xF00, 0xFFF), (0x10A0, 0x10FF), (0x1100, 0x11FF),
    (0x1200, 0x137F), (0x1780, 0x17FF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x20A0, 0x21FF),
    (0x2460, 0x24FF), (0x3000, 0x30FF), (0x3130, 0x318F), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE00, 0xFE6F), (0xFF00, 0xFFEF), (0x1D400, 0x1D7FF),
    (0x1F1E6, 0x1F1FF), (0x1F300, 0x1F6FF), (0x20000, 0x2A6DF), (0xE000, 0xE010), (0x0, 0x1F),
    (0x7F, 0x9F), (0x300, 0x36F), (0xFFF0, 0xFFFD),
]
WORDS = (
    "a photo of a cat|une photo d'un chien|ein Bild von Äpfeln|一只猫在睡觉|猫の写真です|صورة قطة|"
    "фото кошки|תמונה של חתול|बिल्ली की तस्वीर|รูปแมว|고양이 사진|γάτα|కాదు|a red circle|hello|WORLD|"
    "İstanbul|ΣΑΣ|ﬁne|①②|½|…|it's|don’t|we'll|U.S.A.|3.14|1,000|C++|#tag|@me|<s>|</s>|<pad>|<unk>|"
    "<mask>|<eos>|<bos>|[CLS]|[SEP]|[MASK]|[UNK]|<0x41>|▁|▁▁a|##ing|\t|\n|\n\n|\r\n|   |e\u0301|"
    "a\u0308\u0323|\u200b|\u200d|\ufeff|\u00ad|\u3000|\u2028|\u0085|👩‍👩‍👧|🇩🇪|👍🏽|&amp;|&lt;b&gt;|"
    "schÃ¶n|â€œquotedâ€\x9d|naïve café|_under_score_|Zürich"
).split("|")
EDGES = ["", " ", "\n\t  ", "\u3000", "▁", "a", "<s>", " <s> ", "</s>", "[SEP]", "a" * 300, "é" * 101,
         "word " * 200, "漢" * 150, "a\u0301" * 60, "!" * 120, "\u200b", "\x00", "\ufffd", "\u0301"]


def hard_lines(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    lines = list(EDGES)
    while len(lines) < count:
        line = ""
        for _ in range(rng.randint(1, 8)):
            if rng.random() < 0.5:
                line += rng.choice(WORDS)
            else:
                first, last = rng.choice(RANGES)
                line += "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(1, 6)))
            if rng.random() < 0.6:
                line += " "
        lines.append(line)
    return lines[:count]


def utf16(text: str, offsets: list[tuple[int, int]]) -> list[list[int]]:
    units = list(itertools.accumulate((2 if ord(c) > 0xFFFF else 1 for c in text), initial=0))
    return [[units[start], units[end]] for start, end in offsets]


def by_json(path: Path, lines: list[str]) -> dict:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    found = [tokenizer.encode(line) for line in lines]
    inside = [utf16(t, e.offsets) for t, e in zip(lines, found)]
    for encoding, offsets in zip(found, inside):
        for i, special in enumerate(encoding.special_tokens_mask):
            if special:
                offsets[i] = [-1, -1]
    decoded = [tokenizer.decode(e.ids, skip_special_tokens=True) for e in found]
    return {"ids": [e.ids for e in found], "offsets": inside, "decoded": decoded}


def by_transformers(tokenizer, lines: list[str]) -> dict:
    return {"ids": [tokenizer(line).input_ids for line in lines]}


def siglip(path: Path, lines: list[str]) -> dict:
    return by_transformers(SiglipTokenizer(str(path)), lines)


def t5(path: Path, lines: list[str]) -> dict:
    # Its own ids for what T5 calls extra are not in the file.
    return by_transformers(T5Tokenizer(str(path), extra_ids=0, legacy=True), lines)


def xlm_roberta(path: Path, lines: list[str]) -> dict:
    return by_transformers(XLMRobertaTokenizer(str(path)), lines)


def bert(lowercase: bool):
    def ids(path: Path, lines: list[str]) -> dict:
        return by_transformers(BertTokenizerFast(str(path), do_lower_case=lowercase), lines)

    return ids


FORMATS = {
    ("tokenizer_json", "none"): by_json,
    ("sentencepiece", "siglip"): siglip,
    ("sentencepiece", "none"): t5,
    ("xlm_roberta", "none"): xlm_roberta,
    ("wordpiece_uncased", "none"): bert(True),
    ("wordpiece_cased", "none"): bert(False),
}

FAMILY_FILES = [
    ("metaclip2-worldwide/tokenizer.json", "tokenizer_json", "none"),
    ("metaclip2-worldwide/sentencepiece.bpe.model", "xlm_roberta", "none"),
    ("siglip-openclip/tokenizer.json", "tokenizer_json", "none"),
    ("siglip/spiece.model", "sentencepiece", "siglip"),
    ("siglip/spiece.model", "sentencepiece", "none"),
    ("siglip2/tokenizer.json", "tokenizer_json", "none"),
    ("vit-clipa/tokenizer.json", "tokenizer_json", "none"),
    ("mclip-labse/text/tokenizer.json", "tokenizer_json", "none"),
    ("chinese-clip/hf/vocab.txt", "wordpiece_uncased", "none"),
    ("mclip-labse/text/vocab.txt", "wordpiece_cased", "none"),
]


def corpus(seed: int) -> list[str]:
    """Sentences of made-up words in many scripts, some far more frequent than others."""
    rng = random.Random(seed)
    alphabets = ["abcdefghijklmnopqrstuvwxyz", "abcdeéèàüöñçß", "абвгдежзийклмнопрст", "αβγδεζηθικλμ",
                 "אבגדהוזחט", "ابتثجحخدذ", "अआइकखगघमनप", "กขคงจฉชซ", "ありがとかなにを", "가나다라마바사아",
                 "一二三上下人大小山水火木金土日月"]
    words = []
    for _ in range(6000):
        letters = rng.choice(alphabets[:3] if rng.random() < 0.6 else alphabets)
        words.append("".join(rng.choice(letters) for _ in range(rng.randint(1, 9))))
    words += [w for w in WORDS if w.isprintable()]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    out = []
    for _ in range(20_000):
        chosen = rng.choices(words, weights, k=rng.randint(3, 14))
        out.append(" ".join(w.capitalize() if rng.random() < 0.1 else w for w in chosen) + ".")
    return out


def train(out: Path, seed: int) -> list[tuple[Path, str, str]]:
    texts = corpus(seed)
    plain = out / "corpus.txt"
    plain.write_text("\n".join(texts), encoding="utf-8")
    cases: list[tuple[Path, str, str]] = []

    def spm(name: str, formats: list[tuple[str, str]], **options) -> Path:
        sentencepiece.SentencePieceTrainer.train(
            input=str(plain), model_prefix=str(out / name), model_type="unigram", num_threads=1,
            minloglevel=2, hard_vocab_limit=False, **options)
        path = out / f"{name}.model"
        cases.extend((path, *each) for each in formats)
        return path

    t5_ids = dict(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    bytes_model = spm("unigram-bytes", [("sentencepiece", "none"), ("sentencepiece", "siglip")],
                      vocab_size=8000, byte_fallback=True, character_coverage=0.99, **t5_ids)
    spm("unigram-keep-space", [("sentencepiece", "none")], vocab_size=3000, add_dummy_prefix=False,
        remove_extra_whitespaces=False, normalization_rule_name="identity",
        user_defined_symbols="photo,ph,<extra>,ab c", **t5_ids)
    spm("unigram-folded", [("xlm_roberta", "none")], vocab_size=5000,
        normalization_rule_name="nmt_nfkc_cf", bos_id=1, eos_id=2, unk_id=0)
    ties = score_ties(bytes_model, out / "ties.model", seed)
    cases.append((ties, "sentencepiece", "none"))

    proto = sentencepiece_model_pb2.ModelProto()
    for name, source, scheme in [
        ("unigram-always", bytes_model, "always"), ("ties-always", ties, "always"),
        ("unigram-never", bytes_model, "never"), ("unigram-first", bytes_model, "first"),
    ]:
        proto.ParseFromString(source.read_bytes())
        tokenizer = Tokenizer(models.Unigram(
            [(p.piece, p.score) for p in proto.pieces], unk_id=2, byte_fallback=True))
        steps = [normalizers.Strip(), normalizers.Replace(Regex(" {2,}"), "▁")]
        if scheme != "first":
            charsmap = proto.normalizer_spec.precompiled_charsmap
            steps.insert(0, normalizers.Precompiled(charsmap))
        tokenizer.normalizer = normalizers.Sequence(steps)
        split = scheme == "never"
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
        tokenizer.decoder = decoders.Sequence([
            decoders.ByteFallback(), decoders.Metaspace(prepend_scheme=scheme, split=split)])
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A </s>", special_tokens=[("</s>", 1)])
        tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"])
        tokenizer.add_tokens(["photo of", "Ängste"])
        tokenizer.save(str(out / f"{name}.json"))
        cases.append((out / f"{name}.json", "tokenizer_json", "none"))

    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=8000, special_tokens=["<pad>", "<eos>", "<bos>", "<unk>", *byte_tokens],
        show_progress=False, limit_alphabet=300))
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    described = json.loads(tokenizer.to_str())
    described["added_tokens"] = described["added_tokens"][:4]
    described["pre_tokenizer"] = {"type": "Split", "pattern": {"String": " "},
                                  "behavior": "MergedWithPrevious", "invert": False}
    (out / "bpe-bytes.json").write_text(json.dumps(described), encoding="utf-8")
    # Without its alphabet of bytes: what is unknown is one token, or several.
    for fuse in (True, False):
        described["model"] |= {"byte_fallback": False, "fuse_unk": fuse}
        (out / f"bpe-unknown-{fuse}.json").write_text(json.dumps(described), encoding="utf-8")
    # Some bytes only.
    described["model"] |= {"byte_fallback": True, "vocab": {
        token: id for token, id in described["model"]["vocab"].items() if token != "<0xE4>"}}
    (out / "bpe-some-bytes.json").write_text(json.dumps(described), encoding="utf-8")
    names = ["bpe-bytes", "bpe-unknown-True", "bpe-unknown-False", "bpe-some-bytes"]
    cases.extend((out / f"{name}.json", "tokenizer_json", "none") for name in names)

    for prefix in (True, False):
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
        tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
            vocab_size=8000, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
        tokenizer.post_processor = processors.RobertaProcessing(
            ("</s>", 2), ("<s>", 0), trim_offsets=False, add_prefix_space=prefix)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.save(str(out / f"byte-level-{prefix}.json"))
        cases.append((out / f"byte-level-{prefix}.json", "tokenizer_json", "none"))

    for lowercase in (True, False):
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(
            vocab_size=8000, show_progress=False,
            special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
        tokenizer.decoder = decoders.WordPiece()
        name = f"wordpiece-{'uncased' if lowercase else 'cased'}"
        tokenizer.save(str(out / f"{name}.json"))
        cases.append((out / f"{name}.json", "tokenizer_json", "none"))
        vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
        (out / f"{name}.txt").write_text("".join(f"{t}\n" for t, _ in vocabulary), encoding="utf-8")
        cases.append((out / f"{name}.txt", name.replace("-", "_"), "none"))
    return cases


def score_ties(source: Path, path: Path, seed: int) -> Path:
    """A model in which many ways to split a text are nearly as likely, or just as likely."""
    rng = random.Random(seed)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(source.read_bytes())
    for piece in proto.pieces:
        if piece.type == sentencepiece_model_pb2.ModelProto.SentencePiece.NORMAL:
            piece.score = -rng.choice([1.1, 2.2, 3.3, 3.3000002, 4.4]) * max(1, len(piece.piece))
    path.write_bytes(proto.SerializeToString())
    return path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("families", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--lines", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--train", action="store_true")
    arguments = parser.parse_args()
    out: Path = arguments.out
    lines = hard_lines(arguments.lines, arguments.seed)
    files = [(arguments.families / name, format, clean) for name, format, clean in FAMILY_FILES]
    if arguments.train:
        files += train(out, arguments.seed)
    cases = []
    for path, format, clean in files:
        name = f"{path.parent.name}/{path.name}"
        found = FORMATS[format, clean](path, lines)
        families = arguments.families
        file = path.relative_to(families) if path.is_relative_to(families) else path
        cases.append({"name": name, "file": str(file), "format": format, "clean": clean, **found})
    (out / "lines.json").write_text(json.dumps(lines), encoding="utf-8")
    (out / "cases.json").write_text(json.dumps(cases), encoding="utf-8")


main()
