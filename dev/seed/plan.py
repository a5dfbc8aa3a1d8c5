"""The archive as it shall be, as plain data: RSEs, files, collections, rules, and how each file gets into its state.

Nothing here talks to Rucio, and nothing is left to chance: the same plan comes out on every run.
"""
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Dict, Iterator, List, Optional, Tuple

import special
from metadata import metadata_of

# name: (type, ONSITE or OFFSITE, site, location)
RSES = {
    "LA-PALMA": ("DISK", "ONSITE", "LA-PALMA", "La Palma"),
    "PARANAL": ("DISK", "ONSITE", "PARANAL", "Paranal"),
    "CSCS": ("DISK", "OFFSITE", "CSCS", "Lugano"),
    "PIC": ("DISK", "OFFSITE", "PIC", "Barcelona"),
    "PIC-TAPE": ("TAPE", "OFFSITE", "PIC", "Barcelona"),
    "DESY": ("DISK", "OFFSITE", "DESY", "Zeuthen"),
    "FRASCATI": ("DISK", "OFFSITE", "FRASCATI", "Frascati"),
}


@dataclass(frozen=True)
class Observation:
    obs_id: int
    sb_id: int
    site: str
    night: str
    start: datetime
    end: datetime
    telescopes: Tuple[Tuple[str, int], ...]

    @property
    def flat(self) -> bool:
        """Whether its files carry the older, flat metadata keys."""
        return self.obs_id <= 200000010


@dataclass
class Rule:
    """A rule on a dataset or file. `locks`: the RSEs that it comes to hold, with the state of the locks there."""
    expression: str
    copies: int
    locks: Dict[str, str]
    source: Optional[str] = None
    lifetime: Optional[int] = None
    late: bool = False
    """Made after the replicas in `late` are there, so that Rucio has no choice to make."""

    @property
    def state(self) -> str:
        return next((s for s in ("STUCK", "REPLICATING") if s in self.locks.values()), "OK")


@dataclass
class Placement:
    """Where the files of a dataset are registered, before and after the first rules, and the rules."""
    early: Tuple[str, ...]
    late: Tuple[str, ...] = ()
    rules: Tuple[Rule, ...] = ()


@dataclass
class File:
    scope: str
    name: str
    kind: str
    """What zfits.py writes: trigger, subarray, telescope, monitoring, dl1, log, report or text."""
    placement: Placement
    metadata: Dict[str, Any]
    observation: Optional[Observation] = None
    telescope: int = 0
    chunk: int = 0
    text: str = ""
    loose: bool = False
    """In no dataset; the placement's rules then sit on the file itself."""
    lost: bool = False
    """All copies are declared bad, and Rucio gives the file up."""
    declared_bad: Tuple[str, ...] = ()
    """RSEs where the copy is corrupt and declared bad, with nothing done about it yet."""
    changes: Dict[str, str] = field(default_factory=dict)
    """RSE to replica state, set at the end."""

    @property
    def dataset(self) -> str:
        return parent(self.name)

    @property
    def exempt(self) -> bool:
        """DL1 can be made again from DL0, so it is kept for a short time only."""
        return "/DL1/" in self.name


@dataclass(frozen=True)
class Collection:
    scope: str
    name: str
    type: str
    open: bool
    metadata: Dict[str, Any]


@dataclass
class Plan:
    files: List[File]
    collections: List[Collection]
    rules: List[Tuple[Tuple[str, str], Rule, List[File]]]
    """The DID that holds each rule, and the files below it."""


def parent(name: str) -> str:
    return name.rsplit("/", 1)[0]


def scope_of(name: str) -> str:
    """The scope that follows from a name, as in CTAO's policy package."""
    parts = name.split("/")[1:]
    if len(parts) < 2 or (parts[1] == "user" and len(parts) < 4):
        return "root"
    return f"user.{parts[3]}" if parts[1] == "user" else parts[1]


def ctao_rules(first: str, *more: str) -> Tuple[Rule, Rule]:
    """CTAO's pair: one copy off-site, then all copies with an off-site source; made in steps that leave one answer."""
    everywhere = (first, *more)
    return (Rule("OFFSITE", 1, {first: "OK"}),
            Rule("OFFSITE", len(everywhere), {rse: "OK" for rse in everywhere}, source="OFFSITE", late=True))


def preserved(onsite: str, first: str, *more: str) -> Placement:
    return Placement((onsite, first), more, ctao_rules(first, *more))


def young(onsite: str, first: str, second: str) -> Placement:
    """Just ingested: the first copy is on its way, and the second has no off-site source yet."""
    return Placement((onsite,), (), (
        Rule(first, 1, {first: "REPLICATING"}),
        Rule(f"{first}|{second}", 2, {first: "REPLICATING", second: "STUCK"}, source="OFFSITE")))


def second_copy(onsite: str, first: str, second: str) -> Placement:
    return Placement((onsite, first), (), (Rule(first, 1, {first: "OK"}), Rule(second, 1, {second: "REPLICATING"}, source="OFFSITE")))


def stuck(onsite: str, first: str, second: str, source: str) -> Placement:
    return Placement((onsite, first), (), (Rule(first, 1, {first: "OK"}), Rule(second, 1, {second: "STUCK"}, source=source)))


NORTH, SOUTH = "CTAO-North", "CTAO-South"
NIGHTS = ("2026-03-14", "2026-03-15")
ARRAYS = {
    NORTH: ("LA-PALMA", "20:30", (("LSTN-01", 1), ("LSTN-02", 2), ("MSTN-05", 5))),
    SOUTH: ("PARANAL", "23:10", (("MSTS-01", 101), ("SSTS-10", 110), ("SSTS-20", 120))),
}
# Where the DL0 of each array element and night goes.
DL0 = {
    (NORTH, NIGHTS[0], "SUB001"): preserved("LA-PALMA", "PIC", "CSCS"),
    (NORTH, NIGHTS[0], "LSTN-01"): preserved("LA-PALMA", "PIC", "DESY"),
    (NORTH, NIGHTS[0], "LSTN-02"): second_copy("LA-PALMA", "PIC", "DESY"),
    (NORTH, NIGHTS[0], "MSTN-05"): Placement(("LA-PALMA",)),
    (SOUTH, NIGHTS[0], "SUB001"): preserved("PARANAL", "DESY", "FRASCATI", "PIC"),
    (SOUTH, NIGHTS[0], "MSTS-01"): young("PARANAL", "CSCS", "FRASCATI"),
    (SOUTH, NIGHTS[0], "SSTS-10"): preserved("PARANAL", "CSCS", "FRASCATI"),
    (SOUTH, NIGHTS[0], "SSTS-20"): stuck("PARANAL", "PIC", "FRASCATI", source="CSCS"),
    (NORTH, NIGHTS[1], "SUB001"): Placement(("LA-PALMA", "PIC", "PIC-TAPE", "DESY"), (), (
        Rule("site=PIC&QOS=DISK", 1, {"PIC": "OK"}), Rule("PIC-TAPE", 1, {"PIC-TAPE": "OK"}), Rule("OFFSITE\\site=PIC", 1, {"DESY": "OK"}))),
    (NORTH, NIGHTS[1], "LSTN-01"): preserved("LA-PALMA", "CSCS", "DESY"),
    (NORTH, NIGHTS[1], "LSTN-02"): preserved("LA-PALMA", "PIC", "FRASCATI"),
    (NORTH, NIGHTS[1], "MSTN-05"): preserved("LA-PALMA", "PIC", "DESY"),
    (SOUTH, NIGHTS[1], "SUB001"): preserved("PARANAL", "DESY", "CSCS"),
    (SOUTH, NIGHTS[1], "MSTS-01"): second_copy("PARANAL", "PIC", "FRASCATI"),
    (SOUTH, NIGHTS[1], "SSTS-10"): Placement(("PARANAL", "PIC"), (), (Rule("PIC", 1, {"PIC": "OK"}),)),
    (SOUTH, NIGHTS[1], "SSTS-20"): preserved("PARANAL", "FRASCATI", "DESY"),
}
CLOSED = {f"/ctao/acada/DL0/{SOUTH}/SUB001/2026/03/14"}


def observations() -> Iterator[Observation]:
    for number in range(20):
        night, site = NIGHTS[number // 10], (NORTH, SOUTH)[number // 5 % 2]
        _, first, telescopes = ARRAYS[site]
        start = datetime.fromisoformat(f"{night}T{first}:00") + timedelta(minutes=30 * (number % 5))
        # Scheduling blocks beyond 32 bits, of two or three observations each.
        yield Observation(200000001 + number, 5000000001 + number // 5 * 2 + number % 5 // 3, site, night, start, start + timedelta(minutes=28), telescopes)


def observed_files(o: Observation) -> Iterator[File]:
    onsite = ARRAYS[o.site][0]
    stamp, ids, day = o.start.strftime("%Y%m%dT%H%M%S"), f"SBID{o.sb_id:019d}_OBSID{o.obs_id:019d}", o.night.replace("-", "/")

    def make(element: str, prefix: str, suffix: str, kind: str, telescope: int = 0, chunk: int = 0) -> File:
        name = f"/ctao/acada/DL0/{o.site}/{element}/{day}/{prefix}_{stamp}_{ids}_{suffix}"
        return File("acada", name, kind, DL0[o.site, o.night, element], metadata_of(o, name, kind, telescope, chunk), o, telescope, chunk)

    yield make("SUB001", "SUB001_SWAT001", "TRIGGER_CHUNK000.fits.fz", "trigger")
    yield make("SUB001", "SUB001_SWAT001", "SUBARRAY_CHUNK000.fits.fz", "subarray")
    yield make("SUB001", "SUB001_ACADA001", "LOG.log", "log")
    yield make("SUB001", "SUB001_ACADA001", "REPORT.json", "report")
    for element, telescope in o.telescopes:
        for chunk in range(2):
            yield make(element, f"TEL{telescope:03d}_SDH001", f"TEL_SHOWER_CHUNK{chunk:03d}.fits.fz", "telescope", telescope, chunk)
        yield make(element, f"TEL{telescope:03d}_MON001", "POINTING.fits", "monitoring", telescope)
    element, telescope = o.telescopes[0]
    name = f"/ctao/dpps/DL1/{o.site}/{element}/{day}/TEL{telescope:03d}_{stamp}_{ids}_DL1.fits"
    short_lived = Placement((onsite,), (), (Rule(onsite, 1, {onsite: "OK"}, lifetime=180 * 86400),))
    yield File("dpps", name, "dl1", short_lived, metadata_of(o, name, "dl1", telescope, 0), o, telescope)


def make_plan() -> Plan:
    files = [f for o in observations() for f in observed_files(o)]
    special.apply({f.name: f for f in files})
    files += [File(scope_of(s.name), s.name, s.kind, Placement(s.early, (), tuple(Rule(*r) for r in s.rules)), s.metadata, text=s.text, loose=s.loose,
                   changes=s.changes) for s in special.FILES]
    files.sort(key=lambda f: (f.scope, f.name))
    below: Dict[str, List[File]] = {name: [] for name in special.EMPTY_DATASETS}
    for f in files:
        if not f.loose:
            below.setdefault(f.dataset, []).append(f)
    containers = {c for name in below for c in ancestors(name)}
    collections = [Collection(scope_of(n), n, t, n not in CLOSED, special.COLLECTION_METADATA.get(n, {}))
                   for t, names in (("CONTAINER", containers), ("DATASET", below)) for n in names]
    collections.sort(key=lambda c: (c.scope, c.name))
    rules = [((scope_of(name), name), rule, held) for name, held in sorted(below.items()) for rule in (held[0].placement.rules if held else ())]
    rules += [((f.scope, f.name), rule, [f]) for f in files if f.loose for rule in f.placement.rules]
    return Plan(files, collections, rules)


def ancestors(dataset: str) -> List[str]:
    """The containers above a dataset: all directories below /<vo>/<scope>, as CTAO's ingest makes them."""
    parts = dataset.split("/")
    return ["/".join(parts[:end]) for end in range(4, len(parts))]
