"""Just enough FITS to write small tables and to take what differs from run to run out of files: standard headers, standard checksums."""
import struct
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

BLOCK, CARD = 2880, 80


def card(key: str, value: Any, comment: str = "") -> bytes:
    if isinstance(value, bool):
        text = f"{'T' if value else 'F':>20}"
    elif isinstance(value, str):
        text = "'{:<8}'".format(value.replace("'", "''"))
    else:
        text = f"{value!r:>20}"
    line = f"{key:<8}= {text:<20}" + (f" / {comment}" if comment else "")
    if len(line) > CARD:
        raise ValueError(f"a FITS card has room for 80 characters: {line}")
    return line.ljust(CARD).encode("ascii")


def pad(data: bytes, fill: bytes) -> bytes:
    return data + fill * (-len(data) % BLOCK)


def ones_sum(data: bytes, start: int = 0) -> int:
    """The ones'-complement sum of the data's 32-bit words, of the FITS standard's appendix J."""
    total = start + sum(struct.unpack(f">{len(data) // 4}I", data))
    while total >> 32:
        total = (total & 0xFFFFFFFF) + (total >> 32)
    return total


def encode(total: int) -> str:
    """The 16 letters and digits that stand for the complement of a sum (same appendix)."""
    columns = []
    for byte in struct.pack(">I", total ^ 0xFFFFFFFF):
        parts = [byte // 4 + 48] * 4
        parts[0] += byte % 4
        while any(not chr(p).isalnum() for p in parts):
            for i in (0, 2):
                if not (chr(parts[i]).isalnum() and chr(parts[i + 1]).isalnum()):
                    parts[i] += 1
                    parts[i + 1] -= 1
        columns.append(parts)
    text = "".join(chr(columns[byte][i]) for i in range(4) for byte in range(4))
    return text[-1] + text[:-1]


def sealed(cards: Sequence[bytes], data: bytes) -> bytes:
    """An HDU of these cards, DATASUM and CHECKSUM set; `data` is padded already."""
    data_sum = ones_sum(data)
    kept = [c for c in cards if c[:8] not in (b"CHECKSUM", b"DATASUM ")] + [card("DATASUM", str(data_sum), "data unit checksum")]
    unsigned = pad(b"".join([*kept, card("CHECKSUM", "0" * 16, "HDU checksum"), b"END".ljust(CARD)]), b" ")
    checksum = encode(ones_sum(unsigned, data_sum))
    return pad(b"".join([*kept, card("CHECKSUM", checksum, "HDU checksum"), b"END".ljust(CARD)]), b" ") + data


def primary(values: Dict[str, Any]) -> bytes:
    return sealed([card("SIMPLE", True), card("BITPIX", 8), card("NAXIS", 0), card("EXTEND", True), *(card(k, v) for k, v in values.items())], b"")


def table(name: str, columns: Sequence[Tuple[str, str, str]], rows: Sequence[Tuple[Any, ...]]) -> bytes:
    """A binary table. `columns`: name, unit and letter of the FITS type (D, J or K)."""
    layout = struct.Struct(">" + "".join({"D": "d", "J": "i", "K": "q"}[letter] for _, _, letter in columns))
    cards = [card("XTENSION", "BINTABLE"), card("BITPIX", 8), card("NAXIS", 2), card("NAXIS1", layout.size), card("NAXIS2", len(rows)),
             card("PCOUNT", 0), card("GCOUNT", 1), card("TFIELDS", len(columns)), card("EXTNAME", name)]
    for i, (column, unit, letter) in enumerate(columns, 1):
        cards += [card(f"TTYPE{i}", column), card(f"TFORM{i}", f"1{letter}"), card(f"TUNIT{i}", unit)]
    return sealed(cards, pad(b"".join(layout.pack(*row) for row in rows), b"\0"))


def rewritten(content: bytes, change: Callable[[str], Optional[bytes]]) -> bytes:
    """The file with the cards replaced for which `change` of the key gives one, and the checksums set anew. ValueError if it is not FITS."""
    out: List[bytes] = []
    at = 0
    while at < len(content):
        cards: List[bytes] = []
        sizes: Dict[str, int] = {}
        start = at
        while True:
            line = content[at:at + CARD]
            if len(line) < CARD:
                raise ValueError("a FITS header without END")
            at += CARD
            key = line[:8].decode("ascii").strip()
            if key == "END":
                break
            if key in ("BITPIX", "PCOUNT", "GCOUNT") or (key.startswith("NAXIS") and line[8:10] == b"= "):
                sizes[key] = int(line[10:].split(b"/")[0])
            cards.append(change(key) or line)
        at += -(at - start) % BLOCK
        pixels = 1 if sizes.get("NAXIS") else 0
        for axis in range(1, sizes.get("NAXIS", 0) + 1):
            pixels *= sizes[f"NAXIS{axis}"]
        length = abs(sizes["BITPIX"]) // 8 * sizes.get("GCOUNT", 1) * (sizes.get("PCOUNT", 0) + pixels)
        length += -length % BLOCK
        while cards and not cards[-1].strip():
            cards.pop()
        out.append(sealed(cards, content[at:at + length]))
        at += length
    return b"".join(out)
