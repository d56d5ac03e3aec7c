//! Surveys: questions that a launch must answer.

use serde_json::{Map, Value, json};

use crate::python::text;
use crate::template::{SurveyKind, SurveyVariable};

/// What is wrong with the answers.
pub(super) fn check(survey: &[SurveyVariable], taken: &Map<String, Value>) -> Vec<String> {
    survey.iter().filter_map(|variable| complaint(variable, taken.get(&variable.name))).collect()
}

/// The answers that the survey has itself.
pub(super) fn defaults(survey: &[SurveyVariable]) -> Map<String, Value> {
    let default = |variable: &SurveyVariable| {
        variable.default.clone().map(|value| (variable.name.clone(), value))
    };
    survey.iter().filter_map(default).collect()
}

/// The variables with answers to questions for passwords hidden.
pub(super) fn masked(survey: &[SurveyVariable], variables: &Map<String, Value>) -> Value {
    let mut shown = variables.clone();
    for variable in survey.iter().filter(|variable| variable.kind == SurveyKind::Password) {
        if let Some(value) = shown.get_mut(&variable.name) {
            *value = json!("$encrypted$");
        }
    }
    Value::Object(shown)
}

fn complaint(variable: &SurveyVariable, value: Option<&Value>) -> Option<String> {
    let name = &variable.name;
    let Some(value) = value else {
        let missing = variable.required && variable.default.is_none();
        return missing.then(|| format!("'{name}' value missing"));
    };
    let expected =
        |what: &str| Some(format!("Value {} for '{name}' expected to be {what}.", text(value)));
    match (&variable.kind, value) {
        (SurveyKind::Text | SurveyKind::Password, Value::String(answer)) => {
            length(variable, answer)
        }
        (SurveyKind::Text | SurveyKind::Password, _) => expected("a string"),
        (SurveyKind::Integer, Value::Number(number)) if !number.is_f64() => range(variable, value),
        (SurveyKind::Integer, _) => expected("an integer"),
        (SurveyKind::Float, Value::Number(_)) => range(variable, value),
        (SurveyKind::Float, _) => expected("a numeric type"),
        (SurveyKind::Choice(choices), Value::String(answer)) if choices.contains(answer) => None,
        (SurveyKind::Choice(choices), _) => expected(&one_of(choices)),
        (SurveyKind::Choices(choices), Value::Array(answers)) => {
            let known = |answer: &&Value| {
                answer.as_str().is_some_and(|text| choices.iter().any(|choice| choice == text))
            };
            let wrong = answers.iter().find(|answer| !known(answer))?;
            let (wrong, choices) = (text(wrong), one_of(choices));
            Some(format!("Value {wrong} for '{name}' expected to be {choices}."))
        }
        (SurveyKind::Choices(_), _) => expected("a list"),
    }
}

fn one_of(choices: &[String]) -> String {
    format!("one of {}", text(&json!(choices)))
}

fn length(variable: &SurveyVariable, answer: &str) -> Option<String> {
    let name = &variable.name;
    let length = i64::try_from(answer.chars().count()).unwrap_or(i64::MAX);
    if let Some(min) = variable.min.filter(|min| length < *min) {
        return Some(format!(
            "'{name}' value {answer} is too small (length is {length} must be at least {min})."
        ));
    }
    let max = variable.max.filter(|max| length > *max)?;
    Some(format!("'{name}' value {answer} is too large (must be no more than {max})."))
}

fn range(variable: &SurveyVariable, value: &Value) -> Option<String> {
    let (name, number) = (&variable.name, value.as_f64()?);
    #[expect(clippy::cast_precision_loss, reason = "bounds of surveys are small numbers")]
    let bound = |bound: i64| bound as f64;
    if let Some(min) = variable.min.filter(|min| number < bound(*min)) {
        return Some(format!("'{name}' value {value} is too small (must be at least {min})."));
    }
    let max = variable.max.filter(|max| number > bound(*max))?;
    Some(format!("'{name}' value {value} is too large (must be no more than {max})."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(kind: SurveyKind, value: Option<Value>, complaint: Option<&str>) {
        let variable =
            SurveyVariable { kind, min: Some(2), max: Some(4), ..SurveyVariable::required("v") };
        let taken = value.map(|value| ("v".to_owned(), value)).into_iter().collect();
        assert_eq!(check(&[variable], &taken).first().map(String::as_str), complaint);
    }

    #[test]
    fn answers_are_measured_against_their_questions() {
        use SurveyKind::{Choice, Choices, Float, Integer, Text};
        let ab = || vec!["a".to_owned(), "b".to_owned()];
        check_one(Text, None, Some("'v' value missing"));
        check_one(Text, Some(json!("abc")), None);
        check_one(Text, Some(json!(5)), Some("Value 5 for 'v' expected to be a string."));
        check_one(
            Text,
            Some(json!("a")),
            Some("'v' value a is too small (length is 1 must be at least 2)."),
        );
        check_one(
            Text,
            Some(json!("abcde")),
            Some("'v' value abcde is too large (must be no more than 4)."),
        );
        check_one(Integer, Some(json!(3)), None);
        check_one(Integer, Some(json!(3.5)), Some("Value 3.5 for 'v' expected to be an integer."));
        check_one(Integer, Some(json!(1)), Some("'v' value 1 is too small (must be at least 2)."));
        check_one(Float, Some(json!(3.5)), None);
        check_one(Float, Some(json!("x")), Some("Value x for 'v' expected to be a numeric type."));
        check_one(Choice(ab()), Some(json!("a")), None);
        let text = "Value c for 'v' expected to be one of ['a', 'b'].";
        check_one(Choice(ab()), Some(json!("c")), Some(text));
        check_one(Choices(ab()), Some(json!(["a", "b"])), None);
        check_one(Choices(ab()), Some(json!(["a", "c"])), Some(text));
        check_one(Choices(ab()), Some(json!("a")), Some("Value a for 'v' expected to be a list."));
    }
}
