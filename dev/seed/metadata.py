"""The metadata that CTAO's ingest registers: flat keys (older), or those of the CTAO data model (newer)."""
import uuid
from datetime import datetime
from typing import Any, Dict

FITS_KINDS = ("trigger", "subarray", "telescope", "monitoring", "dl1")
# kind: (division, association, type) of the CTAO data model
PRODUCTS = {
    "trigger": ("Event", "Subarray", "Trigger"),
    "subarray": ("Event", "Subarray", "Observation"),
    "telescope": ("Event", "Telescope", "AirShower"),
    "monitoring": ("Monitoring", "Telescope", "Pointing"),
    "log": ("Service", "Subarray", "Observation"),
    "report": ("Service", "Subarray", "ObservationCatalog"),
    "dl1": ("Event", "Telescope", "AirShower"),
}


def metadata_of(o: Any, name: str, kind: str, telescope: int, chunk: int) -> Dict[str, Any]:
    return flat(o, kind, telescope) if o.flat else data_model(o, name, kind, telescope, chunk)


def flat(o: Any, kind: str, telescope: int) -> Dict[str, Any]:
    data: Dict[str, Any] = {
        "observatory": "CTAO", "data_level": "DL1" if kind == "dl1" else "DL0", "data_type": kind if kind in ("monitoring", "log", "report") else "event",
        "obs_id": o.obs_id, "sb_id": o.sb_id, "start_time": o.start.isoformat(), "end_time": o.end.isoformat(),
    }
    if kind == "monitoring":
        data["tel_id"] = telescope
    else:
        data["tel_ids"] = [telescope] if telescope else [t for _, t in o.telescopes]
    if not telescope:
        data["subarray_id"] = 1
    if kind in FITS_KINDS:
        data["valid_fits_checksum"] = True
    return data


def data_model(o: Any, name: str, kind: str, telescope: int, chunk: int) -> Dict[str, Any]:
    division, association, product = PRODUCTS[kind]
    data: Dict[str, Any] = {
        "ctao_metadata_version": "2.0.0", "description": f"{kind} data of observation {o.obs_id}", "creation_time": nanoseconds(o.end),
        "contact__organization": "CTAO", "curation__license": "CC-BY-4.0", "curation__rights": "secure",
        "activity__name": "observation data processing", "activity__software__version": "2.2.0",
        "data__level": "DL1" if kind == "dl1" else "DL0", "data__division": division, "data__association": association, "data__type": product,
        "instance__id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)), "instance__obs_id": o.obs_id, "instance__facility_name": "CTAO",
        "instance__site_id": o.site, "instance__observing_night": o.night, "acquisition__sb_id": o.sb_id,
        "observation__coverage__time__t_min": nanoseconds(o.start), "observation__coverage__time__t_max": nanoseconds(o.end),
        "observation__coverage__space__ra": 83.6333, "observation__coverage__space__dec": 22.0145, "observation__coverage__space__field_of_view": 5.0,
    }
    if telescope:
        data.update(instance__ae_class="TEL", instance__ae_id=telescope)
    else:
        data["instance__subarray_id"] = 1
    if kind in ("trigger", "subarray", "telescope"):
        data["instance__chunk_id"] = chunk
    if kind == "dl1":
        data.update(instance__category="A", curation__release="early-2026")
    if kind in FITS_KINDS:
        data["valid_fits_checksum"] = True
    else:
        data["missing_required_metadata"] = True
    return data


def nanoseconds(time: datetime) -> str:
    """As CTAO's data model writes times: nine decimals, no zone."""
    return f"{time.isoformat()}.000000000"
