"""Every table and column: meaning and unit.

Times are integers: microseconds since 1970-01-01 UTC by the database's clock. Money is integer billionths of
a US dollar. Digests are sha256 as 64 hex digits.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={"ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}
)

_DIGEST = String(64)
_ID = String(36)

runs = Table(
    "runs",
    metadata,
    Column("run_id", _ID, primary_key=True, comment="the Prefect flow run id"),
    Column("name", String(200), nullable=False, comment="the flow run's name, for people"),
    Column("flow", String(200), nullable=False, comment="the business process"),
    Column("tenant", String(100), nullable=False, comment="whose work it is; part of every stage key"),
    Column("profile", String(50), nullable=False, comment="the world it ran in"),
    Column("state", String(20), nullable=False, comment="running, waiting, parked, completed or failed"),
    Column("lease_id", _ID, comment="the process that runs it, or stays while it waits"),
    Column("error", Text, comment="name and sentence of what failed it"),
    Column(
        "parked_for", String(10), comment="while parked: outage (it wakes by itself) or repair (by a person)"
    ),
    Column("wake_at", BigInteger, comment="not woken by a sweeper before; NULL: at any time"),
    Column("parent_run_id", _ID, comment="the run it was forked from"),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("events", Integer, nullable=False, default=0, comment="number of ledger events"),
    Column("head", _DIGEST, nullable=False, comment="hash of the last ledger event"),
    Index("ix_runs_started_at", "started_at"),
)

leases = Table(
    "leases",
    metadata,
    Column("lease_id", _ID, primary_key=True, comment="one per process that runs stages"),
    Column("host", String(200), nullable=False, comment="machine, and its space of process numbers"),
    Column("boot_id", String(64), nullable=False, comment="one start of that machine"),
    Column("pid", Integer, nullable=False),
    Column("process_started", BigInteger, nullable=False, comment="tells a reused pid; 0 where unknown"),
    Column("renewed_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, comment="after it, others may take the stages over"),
)

stages = Table(
    "stages",
    metadata,
    Column("key", _DIGEST, primary_key=True, comment="identity of the answer, see blocks.durable.call"),
    Column("tenant", String(100), nullable=False),
    Column("stage", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("weight", String(10), nullable=False, comment="durable or light"),
    Column("state", String(10), nullable=False, comment="claimed, open (a failed attempt) or done"),
    Column("fence", BigInteger, nullable=False, comment="fencing token: grows with every claim"),
    Column("lease_id", _ID, comment="who may commit it, while claimed"),
    Column("attempts", Integer, nullable=False, comment="bodies started"),
    Column("inputs", Text, nullable=False, comment="JSON: argument -> {digest, bytes, value if small}"),
    Column("output", LargeBinary, comment="canonical bytes, where small"),
    Column("output_digest", _DIGEST, comment="of the canonical bytes, small or large"),
    Column("output_bytes", BigInteger, comment="size of the canonical bytes"),
    Column("duration_us", BigInteger, comment="microseconds the body took"),
    Column("cost_nano_usd", BigInteger, nullable=False, default=0),
    Column("claimed_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Index("ix_stages_stage", "stage"),
    Index("ix_stages_lease_id", "lease_id"),
)

run_stages = Table(
    "run_stages",
    metadata,
    Column("run_id", _ID, ForeignKey("runs.run_id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, comment="1, 2, ... in the order of the commits"),
    Column("key", _DIGEST, ForeignKey("stages.key"), nullable=False),
    Column("subject", String(500), nullable=False, comment="what it was done for, a document's name say"),
    Column("reused", Boolean, nullable=False, comment="the answer was there before this run asked"),
    UniqueConstraint("run_id", "key"),
    Index("ix_run_stages_key", "key"),
)

events = Table(
    "events",
    metadata,
    Column("run_id", _ID, ForeignKey("runs.run_id"), primary_key=True),
    Column("seq", Integer, primary_key=True, comment="1, 2, ... without a gap"),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(50), nullable=False, comment="subject.verb, for example stage.done"),
    Column("body", Text, nullable=False, comment="canonical JSON: what happened, with digests"),
    Column("previous", _DIGEST, nullable=False, comment="hash of the event before it"),
    Column("hash", _DIGEST, nullable=False, comment="sha256 over all fields of this row and `previous`"),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("digest", _DIGEST, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False, comment="of the content, not of the envelope"),
    Column("media_type", String(100), nullable=False),
    Column("kept_at", BigInteger, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column(
        "approval_id", _DIGEST, primary_key=True, comment="identity of the request, see blocks.durable.asking"
    ),
    Column("tenant", String(100), nullable=False),
    Column("gate", String(100), nullable=False, comment="the named place in a flow where it asks"),
    Column("title", String(500), nullable=False, comment="one line for people"),
    Column("value", String(100), nullable=False, comment="what is at stake, for people"),
    Column(
        "request", LargeBinary, nullable=False, comment="canonical bytes: shown, answer's schema, proposed"
    ),
    Column("digest", _DIGEST, nullable=False, comment="of `request`: of exactly what is shown"),
    Column("approvers", Text, nullable=False, comment="JSON: who may decide, until when, and who after them"),
    Column("tier", Integer, nullable=False, comment="0: the first approvers; grows with each escalation"),
    Column("names", Text, nullable=False, comment="JSON list: who may decide now; empty: every approver"),
    Column("state", String(10), nullable=False, comment="waiting, approved, rejected, expired or void"),
    Column("round", Integer, nullable=False, comment="asked for the n-th time"),
    Column("note", Text, nullable=False, comment="why it is asked again"),
    Column("run_id", _ID, ForeignKey("runs.run_id"), nullable=False, comment="the run that asked first"),
    Column("subject", String(500), nullable=False, comment="what it was asked for, a document's name say"),
    Column("previous_id", _DIGEST, comment="the request that this one replaced"),
    Column("asked_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, comment="until then these approvers may decide; NULL: no deadline"),
    Column("answer", LargeBinary, comment="canonical bytes, where approved"),
    Column("reason", Text, comment="of the decision"),
    Column("decided_by", String(200), comment="the approver, or `deadline`"),
    Column("decided_via", String(20), comment="command, page, webhook, prefect or clock"),
    Column("decided_at", BigInteger),
    Index("ix_approvals_state_asked_at", "state", "asked_at"),
    Index("ix_approvals_previous_id", "previous_id"),
)

run_approvals = Table(
    "run_approvals",
    metadata,
    Column("run_id", _ID, ForeignKey("runs.run_id"), primary_key=True),
    Column("approval_id", _DIGEST, ForeignKey("approvals.approval_id"), primary_key=True),
    Column("subject", String(500), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("taken_at", BigInteger, comment="the run went on with the decision"),
    Column("voided_at", BigInteger, comment="the run asks it no more"),
    Index("ix_run_approvals_approval_id", "approval_id"),
)

approvers = Table(
    "approvers",
    metadata,
    Column("tenant", String(100), primary_key=True),
    Column("name", String(100), primary_key=True, comment="as it stands in decisions"),
    Column("password_hash", Text, nullable=False, comment="argon2id, with its own salt and costs"),
    Column(
        "webhook_secret", String(100), comment="signs webhooks; kept as it is, since a signature needs it"
    ),
    Column("added_at", BigInteger, nullable=False),
)

page_sessions = Table(
    "page_sessions",
    metadata,
    Column(
        "token_digest", _DIGEST, primary_key=True, comment="of the token in the cookie, which is not kept"
    ),
    Column("tenant", String(100), nullable=False),
    Column("name", String(100), nullable=False, comment="the approver who signed in"),
    Column("opened_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant", "name"], ["approvers.tenant", "approvers.name"], ondelete="CASCADE"),
    Index("ix_page_sessions_name", "tenant", "name"),
)

webhook_calls = Table(
    "webhook_calls",
    metadata,
    Column("tenant", String(100), primary_key=True),
    Column("name", String(100), primary_key=True, comment="the approver whose secret signed it"),
    Column("webhook_id", String(200), primary_key=True, comment="chosen by the sender, used once"),
    Column("call_digest", _DIGEST, nullable=False, comment="of the approval's id and the body"),
    Column("received_at", BigInteger, nullable=False),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("data_key_id", String(32), primary_key=True, comment="random; stands in what it encrypts"),
    Column("tenant", String(100), nullable=False),
    Column(
        "purpose",
        String(10),
        nullable=False,
        comment="content, or names: it makes the artifacts' public names",
    ),
    Column(
        "subject",
        String(500),
        nullable=False,
        comment="whose content it encrypts: a document's name, or a run",
    ),
    Column("number", Integer, nullable=False, comment="1, then 2 where the first was erased"),
    Column(
        "wrapped", LargeBinary, comment="the key, encrypted with the key `kek_id`; NULL: erased, for ever"
    ),
    Column("kek_id", String(500), nullable=False, comment="the encryption key that wraps it"),
    Column("run_id", _ID, comment="the run that needed it first"),
    Column("made_at", BigInteger, nullable=False),
    Column("erased_at", BigInteger),
    UniqueConstraint("tenant", "purpose", "subject", "number"),
)

data_key_uses = Table(
    "data_key_uses",
    metadata,
    Column("data_key_id", String(32), ForeignKey("data_keys.data_key_id"), primary_key=True),
    Column("subject", String(500), primary_key=True, comment="another subject that works with its content"),
    Column("noted_at", BigInteger, nullable=False),
)

model_calls = Table(
    "model_calls",
    metadata,
    Column("call_id", _DIGEST, primary_key=True, comment="sha256 over tenant, model, request and attempt"),
    Column("tenant", String(100), nullable=False),
    Column("model", String(200), nullable=False, comment="as the profile names it"),
    Column("request_digest", _DIGEST, nullable=False, comment="of what is asked, whatever carries it"),
    Column(
        "attempt", Integer, nullable=False, comment="1, 2, ...: one is at most one request at the provider"
    ),
    Column(
        "state",
        String(10),
        nullable=False,
        comment="asked, answered, settled (its stage is), spoiled (answered, no use), refused (by the provider), unsent, "
        "or ambiguous (asked, and nobody knows)",
    ),
    Column("run_id", _ID, ForeignKey("runs.run_id"), nullable=False, comment="the run that asked"),
    Column("subject", String(500), nullable=False, comment="what it was asked for"),
    Column("stage_key", _DIGEST, nullable=False, comment="the stage that asked; empty: none did"),
    Column("lease_id", _ID, comment="the process that asks, while asked"),
    Column("route", String(64), nullable=False, comment="the capture proxy that it went through, or empty"),
    Column(
        "capture_key",
        LargeBinary,
        comment="seals what that proxy keeps, and is sealed itself; NULL: none does",
    ),
    Column("budgets", Text, nullable=False, comment="JSON: the names of the budgets that it counts in"),
    Column("reserved_nano_usd", BigInteger, nullable=False, comment="what it costs at most"),
    Column("cost_nano_usd", BigInteger, comment="what it cost; NULL: still reserved"),
    Column("http_status", Integer, comment="of the provider's answer"),
    Column("answer", LargeBinary, comment="the provider's answer as it came, where small"),
    Column("answer_digest", _DIGEST, comment="of that answer, small or large"),
    Column("answer_bytes", BigInteger),
    Column("asked_at", BigInteger, nullable=False, comment="before the request left"),
    Column("answered_at", BigInteger, comment="when the answer was kept"),
    Column("ended_at", BigInteger, comment="when its cost was counted"),
    UniqueConstraint("tenant", "model", "request_digest", "attempt"),
    Index("ix_model_calls_stage_key", "stage_key"),
    Index("ix_model_calls_run_id", "run_id"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("tenant", String(100), primary_key=True),
    Column("name", String(300), primary_key=True, comment="run RUN_ID, flow FLOW DATE, or tenant"),
    Column(
        "reserved_nano_usd", BigInteger, nullable=False, comment="for requests whose cost is not known yet"
    ),
    Column("spent_nano_usd", BigInteger, nullable=False),
)

budget_grants = Table(
    "budget_grants",
    metadata,
    Column("grant_id", _DIGEST, primary_key=True, comment="sha256 over the budget and what was added before"),
    Column("tenant", String(100), nullable=False),
    Column("name", String(300), nullable=False, comment="the budget"),
    Column("more_nano_usd", BigInteger, nullable=False, comment="what a person added to its limit"),
    Column("granted_at", BigInteger, nullable=False),
    Index("ix_budget_grants_name", "tenant", "name"),
)

provider_pauses = Table(
    "provider_pauses",
    metadata,
    Column(
        "provider",
        String(200),
        primary_key=True,
        comment="the part of a model's name before the colon; or the whole name, where that model alone rests",
    ),
    Column("until", BigInteger, nullable=False, comment="nobody asks it before"),
    Column("failures", Integer, nullable=False, comment="in a row, of all processes together"),
    Column("reason", String(200), nullable=False, comment="of the last one, for people"),
)

stage_measures = Table(
    "stage_measures",
    metadata,
    Column("tenant", String(100), primary_key=True),
    Column("stage", String(200), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("weight", String(10), comment="decided for a stage of the weight auto; NULL: nothing was yet"),
    Column("made", BigInteger, nullable=False, comment="answers that the body made"),
    Column("made_us", BigInteger, nullable=False, comment="microseconds that this took"),
    Column("made_nano_usd", BigInteger, nullable=False, comment="what they cost"),
    Column("kept", BigInteger, nullable=False, comment="answers of these that were recorded"),
    Column("kept_us", BigInteger, nullable=False, comment="microseconds that recording took"),
    Column("shown", BigInteger, nullable=False, comment="answers of these that a Prefect task made"),
    Column("shown_us", BigInteger, nullable=False, comment="microseconds that Prefect took for that"),
    Column("reused", BigInteger, nullable=False, comment="recorded answers that were given again"),
    Column("reused_us", BigInteger, nullable=False, comment="what making them again would have taken"),
    Column("reused_nano_usd", BigInteger, nullable=False, comment="what that would have cost"),
    Column(
        "sampled", BigInteger, nullable=False, comment="calls of a volatile stage whose answer is recorded"
    ),
    Column("sampled_again", BigInteger, nullable=False, comment="calls of these that found one"),
    Column("compared", BigInteger, nullable=False, comment="answers that were made twice, to compare them"),
    Column("unsteady", BigInteger, nullable=False, comment="answers of these that were not the same"),
    Column("died", BigInteger, nullable=False, comment="attempts that ended with their process"),
    Column("parts", BigInteger, nullable=False, comment="parts of answers that were kept on the way"),
    Column("parts_us", BigInteger, nullable=False, comment="microseconds that keeping them took"),
    Column("restored_us", BigInteger, nullable=False, comment="work in parts that was not done again"),
)

stage_parts = Table(
    "stage_parts",
    metadata,
    Column("key", _DIGEST, primary_key=True, comment="of the stage, which is not done yet"),
    Column("name", String(100), primary_key=True, comment="which series of items in the body"),
    Column("first", Integer, primary_key=True, comment="0, 1, ...: the place of its first item"),
    Column("items", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False, comment="canonical JSON: the list of their answers"),
    Column("made_us", BigInteger, nullable=False, comment="microseconds that they took"),
)
