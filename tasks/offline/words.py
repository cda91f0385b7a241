"""The words of a text that carry its meaning."""

import re

from tasks.offline.fold import fold

_WORD = re.compile(r"[^\W\d_]{2,}")
_EMPTY = frozenset(
    """a about above after again against all am an and any are as at be because been before being below between both but by can
    could did do does doing down during each few for from further had has have having he her here hers herself him himself his how
    i if in into is it its itself just me more most my myself no nor not now of off on once only or other our ours out over own
    same she should so some such than that the their theirs them themselves then there these they this those through to too under
    until up us very was we were what when where which while who whom why will with would you your yours shall may must upon
    thereof hereof herein hereby hereunder thereto therein said one two like well even still got get let ll re ve don
    der die das den dem des ein eine einer eines einem einen und oder aber auch als am an auf aus bei bis da dass durch er es fur
    hat haben ich ihr ihre im in ist kann mit nach nicht noch nur ob sein sich sie sind so uber um und uns unter vom von vor war
    was wenn werden wie wir wird zu zum zur
    le la les un une des du de et ou mais dans en par pour sur avec sans ne pas que qui se ce cette ces son sa ses leur leurs il
    elle ils elles nous vous je tu est sont etait ete etre au aux plus comme
    het een en van te dat die voor met op niet zijn aan er om ook als dan maar bij nog naar heeft hij zij wij worden werd door
    i w na z do nie sie jest to ze o jak za co od po dla przez oraz lub ich jego jej ktore ktory
    """.split()  # noqa: SIM905
)
"""Function words, folded: they say nothing about what a sentence is about."""


def content_words(text: str) -> list[str]:
    """The words of *text* that carry meaning, folded, plurals in -s as their singulars, in order.

    >>> content_words("The lenders of the Loan")
    ['lender', 'loan']
    """
    found = (word for word in _WORD.findall(fold(text)) if word not in _EMPTY)
    return [
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in found
    ]
