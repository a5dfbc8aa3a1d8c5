"""The bytes of each file: DL0 as CTAO writes it, in ZFITS by protozfits; small FITS tables, JSON and text for the rest.

The same bytes on every run and machine: numbers come from the file's name, and the times of writing that protozfits puts into its headers
are replaced by the end of the observation.
"""
import json
import os
import random
import tempfile
from contextlib import contextmanager
from datetime import timezone
from typing import Any, Callable, Dict, Iterator, List, Tuple

import numpy as np
from protozfits import FlatProtobufZOFits, numpy_to_any_array
from protozfits import DL0v1_Subarray_pb2 as subarray
from protozfits import DL0v1_Telescope_pb2 as telescope
from protozfits import DL0v1_Trigger_pb2 as trigger

import fits
from plan import File

EVENTS, PIXELS, SAMPLES = 4, 14, 20
Table = Tuple[str, List[Any]]


def content(file: File) -> bytes:
    return WRITERS[file.kind](file, random.Random(file.name))


def array(values: Any, kind: type) -> Any:
    return numpy_to_any_array(np.array(values, dtype=kind))


def ids(file: File) -> Dict[str, int]:
    return {"sb_id": file.observation.sb_id, "obs_id": file.observation.obs_id, "sb_creator_id": 1}


def event_times(file: File, rng: random.Random) -> List[Dict[str, int]]:
    """Seconds since 1970 and quarter nanoseconds, as DL0 has them."""
    second = int(file.observation.start.replace(tzinfo=timezone.utc).timestamp())
    return [{"s": second + 7 * n + file.chunk * 800, "qns": rng.getrandbits(31)} for n in range(EVENTS)]


def trigger_tables(file: File, rng: random.Random) -> List[Table]:
    tels = [t for _, t in file.observation.telescopes]
    rows = [trigger.Trigger(trigger_id=n // len(tels) + 1, tel_id=tel, trigger_type=1, trigger_time_s=t["s"], trigger_time_qns=t["qns"], readout_requested=True,
                            data_available=True) for n, (t, tel) in enumerate((t, tel) for t in event_times(file, rng) for tel in tels)]
    # 32 bits each: protozfits fills a column that does not end at a multiple of 4 bytes with whatever is in memory.
    return [("DataStream", [trigger.DataStream(**ids(file), tel_ids=array(tels, np.uint32), producer_id=1)]), ("Triggers", rows)]


def subarray_tables(file: File, rng: random.Random) -> List[Table]:
    tels = array([t for _, t in file.observation.telescopes], np.uint16)
    one = ids(file)
    rows = [subarray.Event(event_id=n + 1, trigger_type=1, sb_id=one["sb_id"], obs_id=one["obs_id"], event_time_s=t["s"], event_time_qns=t["qns"],
                           trigger_ids=array([n + 1], np.uint64), tel_ids_with_trigger=tels, tel_ids_with_data=tels)
            for n, t in enumerate(event_times(file, rng))]
    return [("DataStream", [subarray.DataStream(**one, subarray_id=1, producer_id=1)]), ("Events", rows)]


def telescope_tables(file: File, rng: random.Random) -> List[Table]:
    tel = file.telescope
    camera = telescope.CameraConfiguration(tel_id=tel, local_run_id=ids(file)["obs_id"] % 10000, camera_config_id=1, num_pixels=PIXELS, num_channels=1,
                                           num_samples_nominal=SAMPLES, num_modules=2, sampling_frequency=1024, data_model_version="1.0",
                                           pixel_id_map=array(range(PIXELS), np.uint16), module_id_map=array(range(2), np.uint16))
    rows = [telescope.Event(event_id=n + 1 + file.chunk * EVENTS, tel_id=tel, event_type=32, event_time_s=t["s"], event_time_qns=t["qns"], num_channels=1,
                            num_samples=SAMPLES, num_pixels_survived=PIXELS, pixel_status=array([13] * PIXELS, np.uint8),
                            waveform=array([400 + rng.getrandbits(6) for _ in range(PIXELS * SAMPLES)], np.uint16))
            for n, t in enumerate(event_times(file, rng))]
    stream = telescope.DataStream(**ids(file), tel_id=tel, waveform_scale=80.0, waveform_offset=400.0)
    return [("DataStream", [stream]), ("CameraConfiguration", [camera]), ("Events", rows)]


def zfits(tables: Callable[[File, random.Random], List[Table]]) -> Callable[[File, random.Random], bytes]:
    def write(file: File, rng: random.Random) -> bytes:
        with tempfile.TemporaryDirectory() as folder, quiet():
            path = os.path.join(folder, "dl0.fits.fz")
            # No threads: they would decide the order of the tiles.
            with FlatProtobufZOFits(n_tiles=1, rows_per_tile=64, n_compression_threads=0, default_compression="zstd5") as out:
                out.open(path)
                for name, rows in tables(file, rng):
                    out.move_to_new_table(name)
                    for row in rows:
                        out.write_message(row)
            with open(path, "rb") as written:
                return fits.rewritten(written.read(), lambda key: replaced(file, key))
    return write


def replaced(file: File, key: str) -> Any:
    if key in ("DATE", "DATE-END"):
        return fits.card(key, file.observation.end.isoformat(), "end of the observation")
    # The day on which the installed protozfits was compiled differs between its builds.
    return fits.card(key, "unknown", "Compile time") if key == "COMPILED" else None


@contextmanager
def quiet() -> Iterator[None]:
    """protozfits' C++ code tells its progress on file descriptor 1, which is the parent's line to us."""
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def header(file: File) -> Dict[str, Any]:
    o = file.observation
    return {"TELESCOP": "CTAO", "INSTRUME": o.site, "OBS_ID": o.obs_id, "SB_ID": o.sb_id, "AE_CLASS": "TEL", "AE_ID": file.telescope, "OBSNIGHT": o.night,
            "TSTART": o.start.isoformat(), "TSTOP": o.end.isoformat()}


def monitoring(file: File, rng: random.Random) -> bytes:
    rows = [(60.0 * n, 83.6333 + rng.getrandbits(8) / 4096, 22.0145 + rng.getrandbits(8) / 4096) for n in range(28)]
    return fits.primary(header(file)) + fits.table("POINTING", [("TIME", "s", "D"), ("RA", "deg", "D"), ("DEC", "deg", "D")], rows)


def dl1(file: File, rng: random.Random) -> bytes:
    rows = [(n + 1, file.telescope, 10.0 + rng.getrandbits(10) / 16, rng.getrandbits(8) / 1024) for n in range(40)]
    return fits.primary(header(file)) + fits.table("DL1_PARAMETERS", [("EVENT_ID", "", "K"), ("TEL_ID", "", "J"), ("SIZE", "pe", "D"), ("WIDTH", "deg", "D")], rows)


def log(file: File, rng: random.Random) -> bytes:
    o = file.observation
    lines = [f"{o.start.isoformat()} INFO observation {o.obs_id} of scheduling block {o.sb_id} begins"]
    lines += [f"{o.start.isoformat()} INFO {name} ready, trigger rate {300 + rng.getrandbits(8)} Hz" for name, _ in o.telescopes]
    return "\n".join([*lines, f"{o.end.isoformat()} INFO observation {o.obs_id} ends", ""]).encode()


def report(file: File, rng: random.Random) -> bytes:
    o = file.observation
    facts = {"obs_id": o.obs_id, "sb_id": o.sb_id, "site": o.site, "night": o.night, "start": o.start.isoformat(), "end": o.end.isoformat(),
             "telescopes": [name for name, _ in o.telescopes], "events": EVENTS, "cloudiness": rng.getrandbits(6) / 64}
    return (json.dumps(facts, indent=2) + "\n").encode()


WRITERS: Dict[str, Callable[[File, random.Random], bytes]] = {
    "trigger": zfits(trigger_tables), "subarray": zfits(subarray_tables), "telescope": zfits(telescope_tables),
    "monitoring": monitoring, "dl1": dl1, "log": log, "report": report, "text": lambda file, rng: file.text.encode(),
}
