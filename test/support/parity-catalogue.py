"""Puts DIDs with metadata into Rucio through its own models, in one transaction; thousands take seconds.
Takes {"account", "scopes", "dids": [{"scope", "name", "type", "bytes", "adler32", "created_at", "metadata"}]} on standard input;
without DIDs, what the scopes hold is removed again."""
import json
import sys
from datetime import datetime

from rucio.common.types import InternalAccount, InternalScope
from rucio.db.sqla.constants import DIDType
from rucio.db.sqla.models import DataIdentifier, DidMeta, Scope
from rucio.db.sqla.session import transactional_session
from sqlalchemy import delete, insert


def row(did, account):
    created = datetime.strptime(did["created_at"], "%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "scope": InternalScope(did["scope"]), "name": did["name"], "account": account, "did_type": DIDType[did["type"]],
        "bytes": did["bytes"], "adler32": did["adler32"], "is_open": None if did["type"] == "FILE" else True,
        "created_at": created, "updated_at": created,
    }


def metadata(did):
    return {"scope": InternalScope(did["scope"]), "name": did["name"], "did_type": DIDType[did["type"]], "meta": did["metadata"]}


@transactional_session
def fill(work, *, session):
    account = InternalAccount(work["account"])
    session.execute(insert(Scope), [{"scope": InternalScope(scope), "account": account} for scope in work["scopes"]])
    session.execute(insert(DataIdentifier), [row(did, account) for did in work["dids"]])
    session.execute(insert(DidMeta), [metadata(did) for did in work["dids"] if did["metadata"] is not None])


@transactional_session
def empty(work, *, session):
    for model in (DidMeta, DataIdentifier, Scope):
        session.execute(delete(model).where(model.scope.in_([InternalScope(scope) for scope in work["scopes"]])))


given = json.load(sys.stdin)
(fill if given.get("dids") else empty)(given)
