"""Who somebody is never enters a score, in either language."""

from __future__ import annotations

import pytest

from forbear.learning import FEATURES, ForbiddenFeature, refuse_forbidden


@pytest.mark.parametrize(
    "name",
    [
        "sex", "SEX", "is_female", "gender_code", "MARRIAGE", "maritalStatus", "age", "AGE", "age_band", "ageBand",
        "birth_year", "education", "EDUCATION", "home_region", "province", "city_tier", "ethnicity", "nation_code",
        "religion", "hukou_type", "customer_name", "性别", "客户年龄", "婚姻状况", "学历", "民族", "所在省份", "户籍地", "籍贯",
    ],
)  # fmt: skip
def test_a_name_that_speaks_of_who_somebody_is_is_refused(name):
    with pytest.raises(ForbiddenFeature, match=name):
        refuse_forbidden(["utilisation", name])


@pytest.mark.parametrize(
    "name", ["average_balance", "usage", "percentage_paid", "message_count", "stage", "逾期月数", "额度"]
)
def test_a_name_that_only_looks_alike_passes(name):
    refuse_forbidden([name])


def test_the_features_of_the_house_pass_their_own_guard():
    refuse_forbidden(FEATURES)
