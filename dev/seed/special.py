"""The files that exist for one trait each, and the traits added to files of the observations."""
from dataclasses import dataclass, field
from typing import Any, Dict, Tuple


@dataclass
class Special:
    """`rules`: arguments of plan.Rule."""
    name: str
    early: Tuple[str, ...]
    metadata: Dict[str, Any] = field(default_factory=dict)
    rules: Tuple[Tuple[Any, ...], ...] = ()
    text: str = "small text file\n"
    kind: str = "text"
    loose: bool = False
    changes: Dict[str, str] = field(default_factory=dict)


HOME = "/ctao/user/j/jdoe"
CRAB = f"{HOME}/analysis/crab"
CALIBRATION = "/ctao/acada/DL0/CTAO-North/LSTN-03/2026/03/15"
TWO_CENTRES = ("PIC", "CSCS")
CRAB_RULE = (("PIC|CSCS", 2, {"PIC": "OK", "CSCS": "OK"}),)


def crab(name: str, text: str = "small text file\n", **metadata: Any) -> Special:
    return Special(f"{CRAB}/{name}", TWO_CENTRES, metadata, CRAB_RULE, text)


FILES = (
    # Two RSEs, one data centre.
    Special(f"{CALIBRATION}/TEL003_CAL001_20260315T180000_FLATFIELD.json", ("PIC", "PIC-TAPE"),
            {"data_level": "DL0", "data_type": "calibration", "tel_ids": [3], "observatory": "CTAO"},
            (("site=PIC", 2, {"PIC": "OK", "PIC-TAPE": "OK"}),), '{"gain": 1.25}\n'),
    crab("no-metadata.txt"),
    crab("empty.txt", "", quality="none"),
    crab("big-numbers.txt", beyond_double=9007199254740993, int64_max=9223372036854775807, int64_min=-9223372036854775808),
    crab("kinds.txt", quality="good", zenith=20.5, moonless=True, cloudy=False, nothing=None, blank="", tags=["crab", "wobble"], mixed=[1, "a", None, 2.5],
         none_of_these=[], pointing={"ra": 83.63, "dec": 22.01, "frame": {"name": "ICRS", "epoch": 2000}}, nowhere={}),
    crab("characters.txt", title="Größe ± 5 % – “Krebsnebel” 星 🔭", quotes="it's a \"quote\" \\ and a `tick`", percent="100%_done", markup="<b>&amp;</b>",
         lines="one\ntwo\tthree", **{"key with spaces": "yes", "schlüssel": "ja", "quote's": "yes"}),
    # In a LIKE, _ stands for any character: only one of the two is meant by run_1.
    crab("run_1.txt", run=1),
    crab("runX1.txt", run=1),
    # A value of the wrong type: it is text, so it equals no number.
    crab("text-number.txt", obs_id="200000004", data_type="event"),
    Special(f"{HOME}/private/scratch/notes.txt", ("PIC",), {"quality": "draft"}),
    Special(f"{HOME}/private/scratch/leaving.txt", ("PIC", "DESY"), {"quality": "draft"}, changes={"DESY": "BEING_DELETED"}),
    # Rucio's upload puts a rule on the file itself.
    Special(f"{HOME}/loose.txt", ("LA-PALMA",), {"quality": "draft"}, (("LA-PALMA", 1, {"LA-PALMA": "OK"}),), loose=True),
)
# A container holds either containers or datasets, hence the level `private`.
EMPTY_DATASETS = (f"{HOME}/private/empty",)
# Rucio's metadata filter also finds collections, whatever type was asked for.
COLLECTION_METADATA = {
    CRAB: {"obs_id": 200000002, "data_type": "monitoring", "purpose": "crab 2026"},
    f"{HOME}/analysis": {"purpose": "crab 2026"},
}


def apply(files: Dict[str, Any]) -> None:
    """Adds traits to files of the observations. KeyError if a name is not among them."""
    def find(element: str, obs_id: int, suffix: str) -> Any:
        (name,) = [n for n in files if f"/DL0/" in n and f"/{element}/" in n and f"OBSID{obs_id:019d}" in n and n.endswith(suffix)]
        return files[name]

    for obs_id in (200000012, 200000014):
        find("LSTN-02", obs_id, "TEL_SHOWER_CHUNK001.fits.fz").lost = True
    find("LSTN-02", 200000013, "POINTING.fits").lost = True
    find("MSTN-05", 200000011, "TEL_SHOWER_CHUNK000.fits.fz").declared_bad = ("DESY",)
    find("MSTN-05", 200000012, "TEL_SHOWER_CHUNK000.fits.fz").changes = {"DESY": "TEMPORARY_UNAVAILABLE"}
    # Three centres, one of them out for a while: still preserved.
    find("SUB001", 200000008, "SUBARRAY_CHUNK000.fits.fz").changes = {"FRASCATI": "TEMPORARY_UNAVAILABLE"}
    both = find("SUB001", 200000005, "REPORT.json")
    both.metadata.update(instance__obs_id=200000005, acquisition__sb_id=both.metadata["sb_id"], data__level="DL0")
