//! `quantity('1.5Gi')`: numbers with units.

use std::cmp::Ordering;

use cel::common::types::{CelBool, CelDouble, CelInt, CelString};
use cel::{DeclarationError, Env, ExecutionError};

use super::refused;

/// Billionths of one: finer parts are rounded up, as Kubernetes does.
const ONE: i128 = 1_000_000_000;
/// Digits before and after the point that are read.
const DIGITS_MAX: usize = 18;

/// A quantity, exact to the billionth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Quantity(i128);

impl Quantity {
    /// None if it is not one.
    fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, unit) = rest.split_at(end);
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && part.is_empty())
            || part.contains('.')
            || whole.len().max(part.len()) > DIGITS_MAX
        {
            return None;
        }
        let digits: i128 = format!("{whole}{part}").parse().ok()?;
        let (factor, divisor) = scale(unit)?;
        let divisor = divisor.checked_mul(10_i128.checked_pow(u32::try_from(part.len()).ok()?)?)?;
        let scaled = digits.checked_mul(factor)?.checked_mul(ONE)?;
        let rounded = scaled / divisor + i128::from(scaled % divisor != 0);
        Some(Self(if negative { -rounded } else { rounded }))
    }
}

/// What a unit multiplies by, and what it divides by.
fn scale(unit: &str) -> Option<(i128, i128)> {
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|known| *known == unit);
    if let Some(at) = binary {
        return Some((1 << (10 * (at + 1)), 1));
    }
    if let Some(at) = ["", "k", "M", "G", "T", "P", "E"].iter().position(|known| *known == unit) {
        return Some((1000_i128.pow(u32::try_from(at).ok()?), 1));
    }
    if let Some(at) = ["m", "u", "n"].iter().position(|known| *known == unit) {
        return Some((1, 1000_i128.pow(u32::try_from(at + 1).ok()?)));
    }
    let exponent: i32 = unit.strip_prefix(['e', 'E'])?.parse().ok()?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    Some(if exponent < 0 { (1, power) } else { (power, 1) })
}

pub(super) fn extend(env: &mut Env) -> Result<(), DeclarationError> {
    cel::add_overload!(env, fn is_quantity: (CelString) -> CelBool, name = "isQuantity")?;
    cel::add_overload!(env, fn quantity: (CelString) -> Result<Quantity>)?;
    cel::add_member_overload!(env, fn sign: (Quantity) -> CelInt)?;
    cel::add_member_overload!(env, fn is_integer: (Quantity) -> CelBool, name = "isInteger")?;
    cel::add_member_overload!(env, fn as_integer: (Quantity) -> Result<CelInt>,
        name = "asInteger")?;
    cel::add_member_overload!(env, fn as_float: (Quantity) -> CelDouble,
        name = "asApproximateFloat")?;
    cel::add_member_overload!(env, fn is_greater: (Quantity, Quantity) -> CelBool,
        name = "isGreaterThan")?;
    cel::add_member_overload!(env, fn is_less: (Quantity, Quantity) -> CelBool,
        name = "isLessThan")?;
    cel::add_member_overload!(env, fn compare: (Quantity, Quantity) -> CelInt,
        name = "compareTo")?;
    cel::add_member_overload!(env, fn add: (Quantity, Quantity) -> Result<Quantity>)?;
    cel::add_member_overload!(env, fn add_int: (Quantity, CelInt) -> Result<Quantity>,
        name = "add")?;
    cel::add_member_overload!(env, fn sub: (Quantity, Quantity) -> Result<Quantity>)?;
    cel::add_member_overload!(env, fn sub_int: (Quantity, CelInt) -> Result<Quantity>, name = "sub")
}

fn is_quantity(text: &CelString<'_>) -> CelBool {
    Quantity::parse(text.inner()).is_some().into()
}

fn quantity(text: &CelString<'_>) -> Result<Quantity, ExecutionError> {
    Quantity::parse(text.inner()).ok_or_else(|| {
        let why = "quantities must match the regular expression \
                   '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        refused("quantity", why.to_owned())
    })
}

fn sign(this: &Quantity) -> CelInt {
    i64::try_from(this.0.signum()).unwrap_or(0).into()
}

fn is_integer(this: &Quantity) -> CelBool {
    (this.0 % ONE == 0).into()
}

fn as_integer(this: &Quantity) -> Result<CelInt, ExecutionError> {
    let whole = (this.0 % ONE == 0).then(|| i64::try_from(this.0 / ONE).ok()).flatten();
    let why = || refused("asInteger", "cannot convert value to integer".to_owned());
    whole.map(CelInt::from).ok_or_else(why)
}

#[expect(clippy::cast_precision_loss, reason = "it says that it is approximate")]
fn as_float(this: &Quantity) -> CelDouble {
    (this.0 as f64 / ONE as f64).into()
}

fn is_greater(this: &Quantity, other: &Quantity) -> CelBool {
    (this > other).into()
}

fn is_less(this: &Quantity, other: &Quantity) -> CelBool {
    (this < other).into()
}

fn compare(this: &Quantity, other: &Quantity) -> CelInt {
    let order = match this.cmp(other) {
        Ordering::Less => -1_i64,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    };
    order.into()
}

fn checked(function: &str, sum: Option<i128>) -> Result<Quantity, ExecutionError> {
    sum.map(Quantity).ok_or_else(|| refused(function, "quantity out of range".to_owned()))
}

fn add(this: &Quantity, other: &Quantity) -> Result<Quantity, ExecutionError> {
    checked("add", this.0.checked_add(other.0))
}

fn add_int(this: &Quantity, other: &CelInt) -> Result<Quantity, ExecutionError> {
    checked("add", this.0.checked_add(i128::from(*other.inner()) * ONE))
}

fn sub(this: &Quantity, other: &Quantity) -> Result<Quantity, ExecutionError> {
    checked("sub", this.0.checked_sub(other.0))
}

fn sub_int(this: &Quantity, other: &CelInt) -> Result<Quantity, ExecutionError> {
    checked("sub", this.0.checked_sub(i128::from(*other.inner()) * ONE))
}
