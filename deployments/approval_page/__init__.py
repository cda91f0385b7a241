"""The approval page: what waits for a person, one page for each request, and a signed webhook for other systems.

Server-rendered on loopback, it works without JavaScript. `holdfast up` starts it and the sweeper keeps it. What is
decided here is decided by blocks.durable.approvals, as everywhere.

    __main__.py        start it
    app.py             put it together: routes, errors, files
    front_door.py      what every request passes: host, origin, size, rate; what every answer carries
    brakes.py          how often somebody may ask
    visits.py          who asks: cookies, sessions, the token in every form
    received.py        read a form, within limits
    signing_in.py      sign in and out
    account.py         the secret for webhooks
    waiting.py         what waits, what was decided lately, and many approvals at once
    request_page.py    one request: look, edit, approve or reject
    hooks.py           the webhook, signed as in the Standard Webhooks
    signatures.py      check such a signature
    going_on.py        let runs go on after a decision, beside the request
    shapes.py          the form that an answer's JSON schema asks for
    typed.py           the texts of a form to JSON values, and back
    fields.py          a form's fields with what is shown on them: doubts, evidence, faults
    facts.py           what is shown, as documents, doubts and readable facts
    pictures.py        page images of documents, drawn in the reader's own process
    painting.py        templates, escaping, words for times
"""

from deployments.companion import Companion

APPROVAL_PAGE = Companion("approval-page", "deployments.approval_page")
