"""From settings to the mailbox or the server."""

from pathlib import Path

from blocks.providers.mail import BadAddress, Mail, checked_address
from blocks.providers.mail_folder import MailFolder
from blocks.providers.mail_server import MailServer, ServerAddress

OFFLINE_SENDER = "holdfast@localhost"


def sender_of(url: str, sender: str) -> str:
    """The address that e-mails come from: *sender*, else the user in *url*, offline `holdfast@localhost`.

    Raises ValueError where *url* is no mail server, or where no address is given.
    """
    user = ServerAddress.parse(url).user if url else OFFLINE_SENDER
    try:
        return checked_address(sender or user)
    except BadAddress as error:
        raise ValueError("mail_from must name the sender's address, such as billing@example.com") from error


def open_mail(url: str, sender: str, password: str, *, mailbox: Path) -> Mail:
    """The server at *url*; where it is empty, the folder *mailbox*. Speaks to nobody yet. Raises ValueError."""
    if not url:
        return MailFolder(mailbox, sender_of(url, sender))
    return MailServer(ServerAddress.parse(url), sender_of(url, sender), password)
