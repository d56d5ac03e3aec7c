//! Checks the field selections of a rule against the schema. This is not the whole type check of
//! a real server: what the schema does not tell at once is believed.

use cel::Program;
use cel::common::ast::{Expr, IdedExpr};

use super::rules::escape;
use super::{Schema, Type};

/// The first selection in a rule that cannot be right, in the words of the compiler.
pub(super) fn fault(
    program: &Program,
    schema: &Schema,
    root: bool,
    old_is_optional: bool,
) -> Option<String> {
    let check = Check { schema, root, old_is_optional };
    let (at, why) = check.walk(program.expression()).err()?;
    let source = &program.source_info().source;
    let offset = program.source_info().offset_for(at).map_or(0, |(start, _)| start as usize);
    let before = source.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    let text = source.lines().nth(line).unwrap_or_default();
    let dots = ".".repeat(column);
    Some(format!(
        "compilation failed: ERROR: <input>:{}:{}: {why}\n | {text}\n | {dots}^",
        line + 1,
        column + 1
    ))
}

struct Check<'a> {
    schema: &'a Schema,
    /// The rule stands at the root of a resource, which has more fields than its schema.
    root: bool,
    old_is_optional: bool,
}

type Found<'a> = Result<Option<&'a Schema>, (u64, String)>;

impl<'a> Check<'a> {
    /// The schema of what an expression stands for, where it is known.
    fn walk(&self, expression: &IdedExpr) -> Found<'a> {
        match &expression.expr {
            Expr::Ident(name) => Ok(match name.as_str() {
                "self" => Some(self.schema),
                "oldSelf" if !self.old_is_optional => Some(self.schema),
                _ => None,
            }),
            Expr::Select(select) => {
                let Some(schema) = self.walk(&select.operand)? else { return Ok(None) };
                self.select(schema, &select.field).map_err(|why| (expression.id, why))
            }
            Expr::Call(call) => {
                if let Some(target) = &call.target {
                    self.walk(target)?;
                }
                for argument in &call.args {
                    self.walk(argument)?;
                }
                Ok(None)
            }
            Expr::List(list) => {
                for element in &list.elements {
                    self.walk(element)?;
                }
                Ok(None)
            }
            Expr::Comprehension(inner) => {
                for part in [
                    &inner.iter_range,
                    &inner.accu_init,
                    &inner.loop_cond,
                    &inner.loop_step,
                    &inner.result,
                ] {
                    self.walk(part)?;
                }
                Ok(None)
            }
            Expr::Unspecified | Expr::Literal(_) | Expr::Map(_) | Expr::Struct(_) => Ok(None),
        }
    }

    fn select(&self, schema: &'a Schema, field: &str) -> Result<Option<&'a Schema>, String> {
        if schema.int_or_string || schema.preserve || schema.embedded {
            return Ok(None);
        }
        let name = match schema.kind {
            None => return Ok(None),
            Some(Type::Object) => {
                let property = schema.properties.iter().find(|(name, _)| escape(name) == field);
                if let Some((_, property)) = property {
                    return Ok(Some(property));
                }
                if let Some(additional) = &schema.additional {
                    return Ok(Some(additional));
                }
                let own = self.root && std::ptr::eq(schema, self.schema);
                if own && matches!(field, "apiVersion" | "kind" | "metadata") {
                    return Ok(None);
                }
                return Err(format!("undefined field '{field}'"));
            }
            Some(Type::Array) => "list",
            Some(Type::String) => "string",
            Some(Type::Integer) => "int",
            Some(Type::Number) => "double",
            Some(Type::Boolean) => "bool",
        };
        Err(format!("type '{name}' does not support field selection"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::schema::Parser;

    fn errors(rule: &str) -> Vec<String> {
        let schema = json!({"type": "object", "properties": {
            "name": {"type": "string"},
            "my-map": {"type": "object", "additionalProperties": {"type": "string"}},
            "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            "x-kubernetes-validations": [{"rule": rule}]});
        let mut parser = Parser::new();
        parser.root(&schema, "s");
        parser.errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn selections_that_cannot_be_right_are_refused() {
        for rule in [
            "self.name == 'a'",
            "self.metadata.name == 'a'",
            "self.any.x.y == 1",
            "self.my__dash__map.k == 'v'",
            "self.my__dash__map.all(k, k != self.name)",
            "has(self.name)",
        ] {
            assert_eq!(errors(rule), Vec::<String>::new(), "{rule}");
        }
        for (rule, why) in [
            ("self.name.x == 1", "<input>:1:10: type 'string' does not support field selection"),
            ("self.gone == 1", "<input>:1:5: undefined field 'gone'"),
            ("true &&\n self.gone == 1", "<input>:2:6: undefined field 'gone'"),
        ] {
            let found = errors(rule);
            assert!(found.iter().any(|error| error.contains(why)), "{rule}: {found:?}");
        }
    }
}
