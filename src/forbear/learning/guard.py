"""What never enters a score: who somebody is or where they come from, rather than what they did with the account."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Whole words of a name, so that "average" and "usage" pass and "age_band" does not.
FORBIDDEN_WORDS = frozenset(
    (
        "sex", "gender", "male", "female", "marriage", "marital", "married", "spouse", "age", "aged", "birth",
        "birthday", "dob", "education", "school", "degree", "region", "province", "city", "district", "county",
        "hometown", "birthplace", "hukou", "address", "postcode", "zip", "ethnicity", "ethnic", "race", "nation",
        "nationality", "religion", "name", "surname", "pregnant", "pregnancy", "disability", "health", "politics",
    )
)  # fmt: skip
FORBIDDEN_CHARACTERS = (
    "性别", "男", "女", "婚", "配偶", "年龄", "岁", "生日", "出生", "学历", "教育", "学校", "学位", "地区", "地域",
    "省", "城市", "市", "区县", "籍贯", "户籍", "户口", "住址", "地址", "邮编", "民族", "种族", "国籍", "宗教",
    "信仰", "姓名", "怀孕", "残疾", "健康", "政治",
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class ForbiddenFeature(ValueError):
    """A feature that must not enter a score; the text names it and why."""


def refuse_forbidden(names: Iterable[str]) -> None:
    """Raise ForbiddenFeature at the first name that speaks of sex, marriage, age, schooling, place or origin.

    Source: docs/learning.md, "What never enters a score".
    """
    for name in names:
        words = FORBIDDEN_WORDS & {word.lower() for word in _WORD.findall(name)}
        signs = [sign for sign in FORBIDDEN_CHARACTERS if sign in name]
        if words or signs:
            found = ", ".join([*sorted(words), *signs])
            raise ForbiddenFeature(f"{name}: speaks of {found}, which never enters a score")
