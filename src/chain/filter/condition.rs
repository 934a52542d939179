//! One entry of a filter policy's value list: what SNS accepts there, and which values of a message it matches.
//!
//! The grammar follows the SNS developer guide ("String value matching", "Numeric value matching", "Key matching"). Where the
//! guide says nothing, it follows the error messages of SNS itself, which come from AWS's Event Ruler.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Number, Value};

use super::error::Problem;
use super::limits::{DECIMALS, MAX_NUMBER};
use super::pattern::Pattern;

/// A condition on one value of a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Equals(Value),
    Matches(Pattern),
    Numeric(Range),
    Cidr(IpNet),
    Exists(bool),
    NoneOf(Vec<Value>),
    MatchesNot(Pattern),
}

/// A range of numbers. A bound is a value and whether the range includes that value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Range {
    pub(super) low: Option<(f64, bool)>,
    pub(super) high: Option<(f64, bool)>,
}

impl Condition {
    /// Parses one entry of a value list.
    pub(super) fn parse(entry: &Value) -> Result<Condition, Problem> {
        match entry {
            Value::Number(number) => checked(number).map(|_| Condition::Equals(entry.clone())),
            Value::String(_) | Value::Bool(_) | Value::Null => Ok(Condition::Equals(entry.clone())),
            Value::Array(_) => Err(Problem::NotACondition),
            Value::Object(object) => match object.iter().next() {
                Some((operator, operand)) if object.len() == 1 => {
                    Condition::operator(operator, operand)
                }
                _ => Err(Problem::OneOperator(object.len())),
            },
        }
    }

    fn operator(operator: &str, operand: &Value) -> Result<Condition, Problem> {
        match operator {
            "exists" => match operand {
                Value::Bool(wanted) => Ok(Condition::Exists(*wanted)),
                _ => Err(Problem::Operand {
                    operator: "exists",
                    takes: "true or false",
                }),
            },
            "numeric" => Range::parse(operand).map(Condition::Numeric),
            "cidr" => operand
                .as_str()
                .and_then(|text| text.parse().ok())
                .map(Condition::Cidr)
                .ok_or(Problem::Operand {
                    operator: "cidr",
                    takes: "a CIDR block such as \"10.0.0.0/24\"",
                }),
            "anything-but" => Condition::anything_but(operand),
            _ => Pattern::parse(operator, operand).map(Condition::Matches),
        }
    }

    fn anything_but(operand: &Value) -> Result<Condition, Problem> {
        let wrong = Problem::Operand {
            operator: "anything-but",
            takes: "a string, a number, a list of these, or an object with prefix, suffix or wildcard",
        };
        let values = match operand {
            Value::Object(object) => {
                return match object.iter().next() {
                    Some((operator, operand))
                        if object.len() == 1 && operator != "equals-ignore-case" =>
                    {
                        Pattern::parse(operator, operand).map(Condition::MatchesNot)
                    }
                    _ => Err(wrong),
                };
            }
            Value::Array(values) => values.clone(),
            value => vec![value.clone()],
        };
        if values.is_empty() {
            return Err(Problem::EmptyList);
        }
        for value in &values {
            match value {
                Value::String(_) => {}
                Value::Number(number) => {
                    checked(number)?;
                }
                _ => return Err(wrong),
            }
        }
        Ok(Condition::NoneOf(values))
    }

    /// Returns the points that a wildcard costs: 1 for a single `*`, 3 for each of several, 1 under `anything-but`.
    pub(super) fn wildcard_points(&self) -> Option<usize> {
        match self {
            Condition::Matches(Pattern::Wildcard(pattern)) => match pattern.matches('*').count() {
                0 => None,
                1 => Some(1),
                several => Some(3 * several),
            },
            Condition::MatchesNot(Pattern::Wildcard(_)) => Some(1),
            _ => None,
        }
    }

    /// Returns whether the condition is true of a value that a message has; a missing property is handled by the caller.
    pub(super) fn matches(&self, value: &Value) -> bool {
        match self {
            Condition::Equals(wanted) => equal(wanted, value),
            Condition::Matches(pattern) => value.as_str().is_some_and(|text| pattern.matches(text)),
            Condition::Numeric(range) => {
                comparable(value).is_some_and(|number| range.contains(number))
            }
            Condition::Cidr(block) => value
                .as_str()
                .and_then(|text| text.parse::<IpAddr>().ok())
                .is_some_and(|address| block.contains(&address)),
            // The key must have a value that is neither null nor empty (developer guide, "Key matching").
            Condition::Exists(wanted) => *wanted && !value.is_null() && value.as_str() != Some(""),
            Condition::NoneOf(values) => {
                !value.is_null() && !values.iter().any(|refused| equal(refused, value))
            }
            Condition::MatchesNot(pattern) => {
                value.as_str().is_some_and(|text| !pattern.matches(text))
            }
        }
    }
}

impl Range {
    fn parse(operand: &Value) -> Result<Range, Problem> {
        let wrong = Problem::Operand {
            operator: "numeric",
            takes: "a comparison such as [\">\", 0] or a range, lower bound first, such as [\">=\", 1, \"<\", 9]",
        };
        let mut range = Range::default();
        for comparison in operand.as_array().ok_or(wrong.clone())?.chunks(2) {
            let [Value::String(operator), Value::Number(number)] = comparison else {
                return Err(wrong);
            };
            let number = checked(number)?;
            match (operator.as_str(), range) {
                (
                    "=",
                    Range {
                        low: None,
                        high: None,
                    },
                ) => {
                    range = Range {
                        low: Some((number, true)),
                        high: Some((number, true)),
                    };
                }
                (
                    ">" | ">=",
                    Range {
                        low: None,
                        high: None,
                    },
                ) => range.low = Some((number, operator == ">=")),
                ("<" | "<=", Range { high: None, .. }) => {
                    range.high = Some((number, operator == "<="))
                }
                _ => return Err(wrong),
            }
        }
        match range {
            Range {
                low: None,
                high: None,
            } => Err(wrong),
            Range {
                low: Some((low, low_in)),
                high: Some((high, high_in)),
            } if low > high || (low == high && !(low_in && high_in)) => Err(wrong),
            range => Ok(range),
        }
    }

    pub(super) fn contains(&self, number: f64) -> bool {
        self.low
            .is_none_or(|(low, inclusive)| number > low || (inclusive && number == low))
            && self
                .high
                .is_none_or(|(high, inclusive)| number < high || (inclusive && number == high))
    }
}

/// Returns a policy's number if SNS can compare it.
fn checked(number: &Number) -> Result<f64, Problem> {
    let value = number.as_f64().unwrap_or(f64::INFINITY);
    let scaled = value * 10f64.powi(DECIMALS);
    if value.abs() > MAX_NUMBER {
        Err(Problem::NumberRange(number.to_string()))
    } else if (scaled - scaled.round()).abs() > 1e-3 {
        Err(Problem::Decimals(number.to_string()))
    } else {
        Ok(value)
    }
}

/// Returns a message's number if SNS can compare it.
fn comparable(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.abs() <= MAX_NUMBER)
}

fn equal(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Number(_), Value::Number(_)) => wanted.as_f64() == value.as_f64(),
        _ => wanted == value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_operator_matches_what_the_guide_says() {
        for (condition, matching, other) in [
            (
                json!("rugby"),
                vec![json!("rugby")],
                vec![json!("Rugby"), json!(1), json!(null)],
            ),
            (
                json!(100),
                vec![json!(100), json!(100.0), json!(1e2)],
                vec![json!("100"), json!(101)],
            ),
            (
                json!(true),
                vec![json!(true)],
                vec![json!("true"), json!(false)],
            ),
            (
                json!(null),
                vec![json!(null)],
                vec![json!("null"), json!("")],
            ),
            (
                json!({"prefix": "bas"}),
                vec![json!("baseball")],
                vec![json!("rugby"), json!(5)],
            ),
            (
                json!({"suffix": "ball"}),
                vec![json!("baseball")],
                vec![json!("rugby")],
            ),
            (
                json!({"equals-ignore-case": "tennis"}),
                vec![json!("TENNIS"), json!("Tennis")],
                vec![json!("tennis ")],
            ),
            (
                json!({"wildcard": "*ball"}),
                vec![json!("baseball"), json!("ball")],
                vec![json!("balls")],
            ),
            (
                json!({"wildcard": "a*b*a"}),
                vec![json!("aba"), json!("a-b-b-a")],
                vec![json!("aa"), json!("ab")],
            ),
            (
                json!({"wildcard": "plain"}),
                vec![json!("plain")],
                vec![json!("plainly")],
            ),
            (
                json!({"anything-but": ["rugby", 5]}),
                vec![json!("tennis"), json!(6)],
                vec![json!("rugby"), json!(5.0), json!(null)],
            ),
            (
                json!({"anything-but": "rugby"}),
                vec![json!("tennis")],
                vec![json!("rugby")],
            ),
            (
                json!({"anything-but": {"prefix": "bas"}}),
                vec![json!("rugby")],
                vec![json!("baseball"), json!(7)],
            ),
            (
                json!({"anything-but": {"suffix": "ball"}}),
                vec![json!("rugby")],
                vec![json!("football")],
            ),
            (
                json!({"anything-but": {"wildcard": "*b*"}}),
                vec![json!("tennis")],
                vec![json!("rugby")],
            ),
            (
                json!({"numeric": ["=", 301.5]}),
                vec![json!(301.5), json!(3.015e2)],
                vec![json!(301), json!("301.5")],
            ),
            (
                json!({"numeric": [">", 0]}),
                vec![json!(1), json!(0.00001)],
                vec![json!(0), json!(-1), json!(1_573_786_800_000i64)],
            ),
            (
                json!({"numeric": [">", 0, "<=", 150]}),
                vec![json!(150)],
                vec![json!(0), json!(150.1)],
            ),
            (
                json!({"numeric": ["<", -1.5]}),
                vec![json!(-2)],
                vec![json!(-1.5)],
            ),
            (
                json!({"cidr": "10.0.0.0/24"}),
                vec![json!("10.0.0.255")],
                vec![json!("10.0.1.0"), json!("10.0.0.0/24"), json!(10)],
            ),
            (
                json!({"cidr": "2001:db8::/32"}),
                vec![json!("2001:db8::1")],
                vec![json!("2001:db9::1"), json!("10.0.0.1")],
            ),
            (
                json!({"exists": true}),
                vec![json!("x"), json!(0), json!(false)],
                vec![json!(null), json!("")],
            ),
        ] {
            let parsed = Condition::parse(&condition).expect("a condition");
            for value in matching {
                assert!(parsed.matches(&value), "{condition} should match {value}");
            }
            for value in other {
                assert!(
                    !parsed.matches(&value),
                    "{condition} should not match {value}"
                );
            }
        }
    }

    #[test]
    fn what_sns_refuses_is_refused_with_the_reason() {
        for (condition, reason) in [
            (json!(["x"]), "a condition must be a string"),
            (json!({}), "exactly one operator, not 0"),
            (
                json!({"prefix": "a", "suffix": "b"}),
                "exactly one operator, not 2",
            ),
            (
                json!({"wrong-operator": true}),
                "'wrong-operator' is not an operator",
            ),
            (json!({"suffix": 100}), "'suffix' takes a string"),
            (json!({"prefix": null}), "'prefix' takes a string"),
            (json!({"exists": "no"}), "'exists' takes true or false"),
            (json!({"exists": null}), "'exists' takes true or false"),
            (json!({"numeric": []}), "'numeric' takes"),
            (json!({"numeric": ["operator"]}), "'numeric' takes"),
            (json!({"numeric": [1, "<="]}), "'numeric' takes"),
            (json!({"numeric": ["=", "000"]}), "'numeric' takes"),
            (json!({"numeric": [">="]}), "'numeric' takes"),
            (json!({"numeric": ["<", 100, ">", 10]}), "'numeric' takes"),
            (json!({"numeric": [">=", 1, ">", 2]}), "'numeric' takes"),
            (json!({"numeric": [">", 3, "<", 1]}), "'numeric' takes"),
            (json!({"numeric": [">", 20, 30]}), "'numeric' takes"),
            (
                json!({"numeric": [">", 20, "<", 30, "<", 50]}),
                "'numeric' takes",
            ),
            (json!({"numeric": ["=", 1, "=", 1]}), "'numeric' takes"),
            (json!({"numeric": [">", 1573786800000i64]}), "out of range"),
            (json!(-1000000001), "out of range"),
            (json!(1.123456), "more than five decimal places"),
            (json!({"cidr": "10.0.0.0"}), "'cidr' takes"),
            (json!({"cidr": "10.0.0.0/33"}), "'cidr' takes"),
            (json!({"wildcard": "*a*b*c*"}), "at most 3 '*'"),
            (json!({"anything-but": []}), "the list is empty"),
            (json!({"anything-but": null}), "'anything-but' takes"),
            (
                json!({"anything-but": {"exists": false}}),
                "'exists' is not an operator",
            ),
            (
                json!({"anything-but": {"equals-ignore-case": "x"}}),
                "'anything-but' takes",
            ),
        ] {
            let problem = Condition::parse(&condition).expect_err(&condition.to_string());
            assert!(
                problem.to_string().contains(reason),
                "{condition}: {problem}"
            );
        }
    }

    #[test]
    fn five_decimals_and_the_ends_of_the_range_are_numbers() {
        for number in [
            json!(0.12345),
            json!(999999999.99999),
            json!(1_000_000_000),
            json!(-1e9),
            json!(-0.00001),
        ] {
            assert!(Condition::parse(&number).is_ok(), "{number}");
        }
    }
}
