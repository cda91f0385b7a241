"""The offline mailbox: e-mails as files in a folder. Nobody receives them."""

from pathlib import Path

from blocks.base.folders import write_once
from blocks.providers.mail import Mail, MailUnavailable, Message, Sent, compose, message_id


class MailFolder(Mail):
    """A folder of `.eml` files, named by Message-ID and written once. A mail program opens them."""

    route = "offline mailbox"

    def __init__(self, folder: Path, sender: str) -> None:
        super().__init__(sender)
        self._folder = folder

    def send(self, message: Message) -> Sent:
        """Write the file of *message*; where it is there already, leave it. Exactly once, also after a crash.

        Raises BadAddress or BadMessage, and MailUnavailable where the folder cannot be written.
        """
        letter, named = compose(message, self.sender), message_id(message.key, self.sender)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_once(self._folder / f"{message.key[:32]}.eml", letter.as_bytes())
        except OSError as error:
            raise MailUnavailable(f"{error.strerror}.", server=f"The folder {self._folder}") from error
        return Sent(named)
