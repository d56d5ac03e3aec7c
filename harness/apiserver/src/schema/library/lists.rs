//! More on lists, and lists as sets.

use std::cmp::Ordering;

use cel::common::types::{CelBool, CelInt, DYN_TYPE, LIST_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

use super::refused;

type Found<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

pub(super) fn extend(env: &mut Env) -> Result<(), DeclarationError> {
    let none = Vec::new;
    env.add_member_overload("isSorted", "list_is_sorted", LIST_TYPE, none(), is_sorted)?;
    env.add_member_overload("sum", "list_sum", LIST_TYPE, none(), sum)?;
    env.add_member_overload("min", "list_min", LIST_TYPE, none(), min)?;
    env.add_member_overload("max", "list_max", LIST_TYPE, none(), max)?;
    let any = || vec![DYN_TYPE];
    env.add_member_overload("indexOf", "list_index_of", LIST_TYPE, any(), index_of)?;
    env.add_member_overload("lastIndexOf", "list_last_index_of", LIST_TYPE, any(), last_index_of)?;
    let two = || vec![LIST_TYPE, LIST_TYPE];
    env.add_overload("sets.contains", "list_sets_contains_list", two(), contains)?;
    env.add_overload("sets.equivalent", "list_sets_equivalent_list", two(), equivalent)?;
    env.add_overload("sets.intersects", "list_sets_intersects_list", two(), intersects)
}

/// The elements of a list that is an argument.
fn elements<'a>(
    args: &'a [CowVal<'_, '_>],
    at: usize,
) -> Result<Vec<Box<dyn Val + 'a>>, ExecutionError> {
    let list = args.get(at).and_then(|list| list.as_iterable());
    let list = list.ok_or_else(|| refused("list", "expected a list".to_owned()))?;
    let mut iterator = list.iter();
    let mut out = Vec::new();
    while let Some(element) = iterator.next() {
        out.push(element.clone_as_boxed());
    }
    Ok(out)
}

fn compare(function: &str, one: &dyn Val, other: &dyn Val) -> Result<Ordering, ExecutionError> {
    let comparer = one.as_comparer();
    let comparer =
        comparer.ok_or_else(|| refused(function, "elements must be comparable".to_owned()))?;
    comparer.compare(other)
}

fn flag<'b, 'v>(flag: bool) -> Found<'b, 'v> {
    Ok(CowVal::owned(CelBool::from(flag)))
}

fn is_sorted<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Found<'b, 'v> {
    let list = elements(&args, 0)?;
    for pair in list.windows(2) {
        if compare("isSorted", pair[0].as_ref(), pair[1].as_ref())? == Ordering::Greater {
            return flag(false);
        }
    }
    flag(true)
}

fn sum<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Found<'b, 'v> {
    let mut list = owned_elements(args)?.into_iter();
    let Some(mut total) = list.next() else {
        return Ok(CowVal::owned(CelInt::from(0_i64)));
    };
    for element in list {
        let next = match total.as_adder() {
            Some(adder) => adder.add(element.as_ref())?.into_owned(),
            None => return Err(refused("sum", "elements must be numbers or durations".to_owned())),
        };
        total = next;
    }
    Ok(CowVal::Owned(total))
}

fn owned_elements<'v>(args: Vec<CowVal<'_, 'v>>) -> Result<Vec<Box<dyn Val + 'v>>, ExecutionError> {
    let list = args.into_iter().next().map(CowVal::into_owned);
    let list = list.ok_or_else(|| refused("list", "expected a list".to_owned()))?;
    let found = list.as_iterable();
    let found = found.ok_or_else(|| refused("list", "expected a list".to_owned()))?;
    let mut iterator = found.iter();
    let mut out = Vec::new();
    while let Some(element) = iterator.next() {
        out.push(element.clone_as_boxed());
    }
    Ok(out)
}

fn extreme<'b, 'v>(args: Vec<CowVal<'b, 'v>>, function: &str, wanted: Ordering) -> Found<'b, 'v> {
    let mut list = owned_elements(args)?.into_iter();
    let empty = || refused(function, format!("{function} called on empty list"));
    let mut best = list.next().ok_or_else(empty)?;
    for element in list {
        if compare(function, element.as_ref(), best.as_ref())? == wanted {
            best = element;
        }
    }
    Ok(CowVal::Owned(best))
}

fn min<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Found<'b, 'v> {
    extreme(args, "min", Ordering::Less)
}

fn max<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Found<'b, 'v> {
    extreme(args, "max", Ordering::Greater)
}

fn positions(args: &[CowVal<'_, '_>]) -> Result<Vec<i64>, ExecutionError> {
    let list = elements(args, 0)?;
    let wanted = args.get(1).ok_or_else(|| refused("indexOf", "expected a value".to_owned()))?;
    let found = list.iter().enumerate().filter(|(_, element)| element.equals(wanted.as_ref()));
    Ok(found.map(|(at, _)| i64::try_from(at).unwrap_or(i64::MAX)).collect())
}

fn index_of<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Found<'b, 'v> {
    let found = positions(&args)?.first().copied();
    Ok(CowVal::owned(CelInt::from(found.unwrap_or(-1))))
}

fn last_index_of<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Found<'b, 'v> {
    let found = positions(&args)?.last().copied();
    Ok(CowVal::owned(CelInt::from(found.unwrap_or(-1))))
}

fn has_all(all: &[Box<dyn Val + '_>], some: &[Box<dyn Val + '_>]) -> bool {
    some.iter().all(|wanted| all.iter().any(|element| element.equals(wanted.as_ref())))
}

fn contains<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Found<'b, 'v> {
    let found = has_all(&elements(&args, 0)?, &elements(&args, 1)?);
    flag(found)
}

fn equivalent<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Found<'b, 'v> {
    let (one, other) = (elements(&args, 0)?, elements(&args, 1)?);
    let found = has_all(&one, &other) && has_all(&other, &one);
    drop((one, other));
    flag(found)
}

fn intersects<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Found<'b, 'v> {
    let (one, other) = (elements(&args, 0)?, elements(&args, 1)?);
    let found = one.iter().any(|wanted| other.iter().any(|found| found.equals(wanted.as_ref())));
    drop((one, other));
    flag(found)
}
