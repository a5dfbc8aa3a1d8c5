"""Makes Rucio's schema, its base VO and the root account in an empty database."""
from rucio.db.sqla.util import build_database, create_base_vo, create_root_account

build_database()
create_base_vo()
create_root_account()
