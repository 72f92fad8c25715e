"""What each constraint of SHACL Core (section 4) asks for, and what is wrong where it is not met."""

from collections.abc import Mapping

# By constraint component: the parameter that holds what is asked for, what is asked of each value (or of all
# of them), and what is then wrong with the one that was found.
SENTENCES: Mapping[str, tuple[str, str, str]] = {
    "ClassConstraintComponent": ("class", "be of the class {}", "{value} is not of the class {}"),
    "DatatypeConstraintComponent": (
        "datatype",
        "be a well-formed {}",
        "{value} is not a well-formed value of the datatype {}",
    ),
    "NodeKindConstraintComponent": ("nodeKind", "be {}", "{value} is not {}"),
    "MinCountConstraintComponent": ("minCount", "have at least {} values", "there are fewer than {} values"),
    "MaxCountConstraintComponent": ("maxCount", "have at most {} values", "there are more than {} values"),
    "MinExclusiveConstraintComponent": (
        "minExclusive",
        "be greater than {}",
        "{value} is not greater than {}",
    ),
    "MinInclusiveConstraintComponent": ("minInclusive", "be at least {}", "{value} is not at least {}"),
    "MaxExclusiveConstraintComponent": ("maxExclusive", "be less than {}", "{value} is not less than {}"),
    "MaxInclusiveConstraintComponent": ("maxInclusive", "be at most {}", "{value} is not at most {}"),
    "MinLengthConstraintComponent": (
        "minLength",
        "have at least {} characters",
        "{value} has fewer than {} characters",
    ),
    "MaxLengthConstraintComponent": (
        "maxLength",
        "have at most {} characters",
        "{value} has more than {} characters",
    ),
    "PatternConstraintComponent": ("pattern", "fit the pattern {}", "{value} does not fit the pattern {}"),
    "LanguageInConstraintComponent": (
        "languageIn",
        "be in one of the languages {}",
        "{value} is in none of the languages {}",
    ),
    "UniqueLangConstraintComponent": (
        "uniqueLang",
        "have at most one value in each language",
        "there are several values in one language",
    ),
    "EqualsConstraintComponent": (
        "equals",
        "have the same values as {}",
        "{value} is not a value of both this and {}",
    ),
    "DisjointConstraintComponent": (
        "disjoint",
        "share no value with {}",
        "{value} is a value of {}, too",
    ),
    "LessThanConstraintComponent": (
        "lessThan",
        "be less than the values of {}",
        "{value} is not less than all values of {}",
    ),
    "LessThanOrEqualsConstraintComponent": (
        "lessThanOrEquals",
        "be at most as great as the values of {}",
        "{value} is greater than a value of {}",
    ),
    "NotConstraintComponent": ("not", "not fit the shape {}", "{value} fits the shape {}, and must not"),
    "AndConstraintComponent": (
        "and",
        "fit each of the shapes {}",
        "{value} does not fit each of the shapes {}",
    ),
    "OrConstraintComponent": ("or", "fit one or more of the shapes {}", "{value} fits none of the shapes {}"),
    "XoneConstraintComponent": (
        "xone",
        "fit exactly one of the shapes {}",
        "{value} does not fit exactly one of the shapes {}",
    ),
    "NodeConstraintComponent": ("node", "fit the shape {}", "{value} does not fit the shape {}"),
    "QualifiedMinCountConstraintComponent": (
        "qualifiedMinCount",
        "have at least {} values that fit the inner shape",
        "fewer than {} values fit the inner shape",
    ),
    "QualifiedMaxCountConstraintComponent": (
        "qualifiedMaxCount",
        "have at most {} values that fit the inner shape",
        "more than {} values fit the inner shape",
    ),
    "ClosedConstraintComponent": (
        "closed",
        "have no properties but those that the shape names",
        "{value} is the value of a property that the shape does not name",
    ),
    "HasValueConstraintComponent": ("hasValue", "have the value {}", "the value {} is not there"),
    "InConstraintComponent": ("in", "be one of {}", "{value} is none of {}"),
}


def in_singular(sentence: str) -> str:
    """The sentence as it is said of one: “1 values” is nobody's way to speak."""
    for plural, single in (
        ("There are more than 1 values", "There is more than one value"),
        ("There are fewer than 1 values", "There is no value"),
        ("Fewer than 1 values fit", "No value fits"),
        ("More than 1 values fit", "More than one value fits"),
        (" 1 values that fit", " 1 value that fits"),
        (" 1 values", " 1 value"),
        (" 1 characters", " 1 character"),
    ):
        sentence = sentence.replace(plural, single)
    return sentence
