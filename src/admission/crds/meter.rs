//! What evaluating a rule costs, counted while it runs, so that no rule runs longer than the API server lets it.
//!
//! The cel crate counts nothing. So the expression is rewritten before it runs: whatever an operator, a function or a loop
//! takes in goes through a function of ours first, which pays for the work that it causes and fails when nothing is left. The
//! names of these functions begin with `@`, which no source can spell. A unit is about one value looked at, as it is in the
//! API server; counts are of values, never of time, so the same manifest has the same findings on every machine.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators};
use cel::common::types::{CelBytes, CelInt, CelList, CelMap, CelString};
use cel::common::value::{CowVal, Val};
use cel::{Context, ExecutionError, FunctionContext, IdedExpr};
use regex::Regex;

/// Pays for everything in a value: it is copied, compared or searched.
const PAY: &str = "@pay";
/// Pays for each turn of a loop over a value, and for the copy of each item.
const PAY_LOOP: &str = "@payLoop";
/// Pays for a text that is counted through; a list knows how long it is.
const PAY_TEXT: &str = "@payText";
/// Pays for what a list or map is asked for.
const PAY_KEY: &str = "@payKey";
const MATCHES: &str = "@matches";

/// What compiling a pattern costs, and the memory that one may take.
const PATTERN_COST: u64 = 2_000;
const PATTERN_BYTES: usize = 256 * 1024;
/// Bytes of text that are looked at for one unit.
const BYTES_A_UNIT: u64 = 10;

type Result<T> = std::result::Result<T, ExecutionError>;

/// What is left to spend.
#[derive(Clone)]
pub(super) struct Meter(Arc<AtomicU64>);

impl Meter {
    pub(super) fn new(units: u64) -> Self {
        Self(Arc::new(AtomicU64::new(units)))
    }

    pub(super) fn left(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn refill(&self, units: u64) {
        self.0.store(units, Ordering::Relaxed);
    }

    /// Takes units away; nothing is left once one payment was too much.
    pub(super) fn pay(&self, units: u64) -> Result<()> {
        let left = self.left().saturating_sub(units);
        self.refill(left);
        if left == 0 {
            return Err(ExecutionError::function_error("cost", "spent"));
        }
        Ok(())
    }

    /// Makes the functions known that metered expressions call.
    pub(super) fn install(&self, context: &mut Context<'_, '_>) {
        let meter = self.clone();
        add(context, PAY, move |call| {
            let value = take(call)?;
            meter.pay(meter.size(&*value))?;
            Ok(value)
        });
        let meter = self.clone();
        add(context, PAY_LOOP, move |call| {
            let turn = call.args.pop().and_then(|turn| int(&*turn)).unwrap_or(1);
            let value = take(call)?;
            let turns = length(&*value).saturating_mul(turn);
            meter.pay(turns.saturating_add(meter.size(&*value)))?;
            Ok(value)
        });
        let meter = self.clone();
        add(context, PAY_TEXT, move |call| {
            let value = take(call)?;
            let is_list = length(&*value) > 0;
            meter.pay(if is_list { 1 } else { meter.size(&*value) })?;
            Ok(value)
        });
        let meter = self.clone();
        add(context, PAY_KEY, move |call| {
            let value = take(call)?;
            meter.pay(meter.size(&*value))?;
            // The crate copies the whole list to say that it has no item 1.5.
            if value.get_type().name() == "double" {
                return Err(call.error("a list has no item of that number"));
            }
            Ok(value)
        });
        let (meter, known) = (self.clone(), Mutex::default());
        add(context, MATCHES, move |call| matches(&meter, &known, call));
    }

    /// How many values there are in a value. It stops counting when there is not enough left to pay for more.
    pub(super) fn size(&self, value: &dyn Val) -> u64 {
        size_up_to(value, self.left())
    }
}

fn add<F>(context: &mut Context<'_, '_>, name: &str, function: F)
where
    F: for<'c, 'v> Fn(&mut FunctionContext<'c, 'v>) -> Result<CowVal<'c, 'v>>
        + Send
        + Sync
        + 'static,
{
    type Function = Box<
        dyn for<'c, 'v> Fn(&mut FunctionContext<'c, 'v>) -> Result<CowVal<'c, 'v>> + Send + Sync,
    >;
    let function: Function = Box::new(function);
    context
        .add_function(name, function)
        .expect("no other function has such a name");
}

fn take<'c, 'v>(call: &mut FunctionContext<'c, 'v>) -> Result<CowVal<'c, 'v>> {
    call.args
        .pop()
        .ok_or_else(ExecutionError::missing_argument_or_target)
}

fn int(value: &dyn Val) -> Option<u64> {
    u64::try_from(*value.downcast_ref::<CelInt>()?.inner()).ok()
}

fn length(value: &dyn Val) -> u64 {
    let length = match (
        value.downcast_ref::<CelList>(),
        value.downcast_ref::<CelMap>(),
    ) {
        (Some(list), _) => list.inner().len(),
        (_, Some(map)) => map.inner().len(),
        _ => 0,
    };
    length as u64
}

fn size_up_to(value: &dyn Val, most: u64) -> u64 {
    let mut size = 1;
    let mut below = |value: &dyn Val| {
        size += size_up_to(value, most.saturating_sub(size));
        size <= most
    };
    if let Some(list) = value.downcast_ref::<CelList>() {
        list.inner().iter().all(|item| below(item.as_ref()));
    } else if let Some(map) = value.downcast_ref::<CelMap>() {
        // A key is a short text nearly always; its own value pays for it.
        map.inner().values().all(|item| below(item.as_ref()));
    } else if let Some(text) = value.downcast_ref::<CelString>() {
        size += text.inner().len() as u64 / BYTES_A_UNIT;
    } else if let Some(bytes) = value.downcast_ref::<CelBytes>() {
        size += bytes.inner().len() as u64 / BYTES_A_UNIT;
    }
    size
}

/// Patterns by their text; none if one cannot be compiled.
type Patterns = Mutex<HashMap<String, Option<Regex>>>;

/// `text.matches(pattern)`, each pattern compiled once, within a size.
fn matches<'c, 'v>(
    meter: &Meter,
    known: &Patterns,
    call: &mut FunctionContext<'c, 'v>,
) -> Result<CowVal<'c, 'v>> {
    let (pattern, text) = (take(call)?, take(call)?);
    let (Some(pattern), Some(text)) = (
        pattern.downcast_ref::<CelString>(),
        text.downcast_ref::<CelString>(),
    ) else {
        return Err(ExecutionError::no_such_overload("matches", Vec::new()));
    };
    let (pattern, text) = (pattern.inner(), text.inner());
    // As the API server counts: the text times the pattern, for a pattern can be tried at every place of the text.
    let (long, wide) = (text.len() as u64, pattern.len() as u64);
    meter.pay(1 + (long / BYTES_A_UNIT).saturating_mul(1 + wide / 4))?;
    let mut known = known
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if !known.contains_key(pattern) {
        meter.pay(PATTERN_COST + wide)?;
        known.insert(pattern.to_owned(), compiled(pattern));
    }
    match known.get(pattern) {
        Some(Some(pattern)) => Ok(CowVal::owned(cel::common::types::CelBool::from(
            pattern.is_match(text),
        ))),
        _ => {
            Err(call
                .error("the pattern of `matches` is no regular expression, or a very large one"))
        }
    }
}

fn compiled(pattern: &str) -> Option<Regex> {
    regex::RegexBuilder::new(pattern)
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(PATTERN_BYTES)
        .build()
        .ok()
}

/// Rewrites an expression so that it pays. Yields how many expressions it holds, which is what one evaluation costs at least.
pub(super) fn metered(expr: &mut IdedExpr) -> u64 {
    let below = match &mut expr.expr {
        Expr::Call(call) => metered_call(call),
        Expr::Comprehension(comprehension) => metered_loop(comprehension),
        Expr::List(list) => list.elements.iter_mut().map(|e| paying(e, PAY)).sum(),
        Expr::Map(map) => map
            .entries
            .iter_mut()
            .map(|e| metered_entry(&mut e.expr))
            .sum(),
        Expr::Struct(object) => object
            .entries
            .iter_mut()
            .map(|e| metered_entry(&mut e.expr))
            .sum(),
        Expr::Select(select) => metered(&mut select.operand),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => 0,
    };
    below + 1
}

fn metered_entry(entry: &mut EntryExpr) -> u64 {
    match entry {
        EntryExpr::StructField(field) => paying(&mut field.value, PAY),
        EntryExpr::MapEntry(entry) => paying(&mut entry.key, PAY) + paying(&mut entry.value, PAY),
    }
}

fn metered_call(call: &mut CallExpr) -> u64 {
    let size = match call.func_name.as_str() {
        operators::CONDITIONAL
        | operators::LOGICAL_AND
        | operators::LOGICAL_OR
        | operators::LOGICAL_NOT
        | operators::NOT_STRICTLY_FALSE => call.args.iter_mut().map(metered).sum(),
        operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT => {
            let size = call.args.iter_mut().map(metered).sum();
            if let Some(key) = call.args.get_mut(1) {
                wrap(key, PAY_KEY, None);
            }
            size
        }
        name => {
            let pay = if name == "size" { PAY_TEXT } else { PAY };
            let target = call.target.as_deref_mut().into_iter();
            let values = target.chain(&mut call.args);
            values.map(|value| paying(value, pay)).sum()
        }
    };
    if call.func_name == "matches" && call.target.iter().len() + call.args.len() == 2 {
        MATCHES.clone_into(&mut call.func_name);
        call.args
            .splice(0..0, call.target.take().map(|target| *target));
    }
    size
}

/// A loop pays before its first turn for all turns: their number, times the expressions of a turn.
fn metered_loop(comprehension: &mut ComprehensionExpr) -> u64 {
    let turn = metered(&mut comprehension.loop_cond) + metered(&mut comprehension.loop_step);
    let around = metered(&mut comprehension.accu_init)
        + metered(&mut comprehension.iter_range)
        + metered(&mut comprehension.result);
    wrap(&mut comprehension.iter_range, PAY_LOOP, Some(turn));
    turn + around
}

/// An expression whose value is paid for. What has a size that is known by its length in the source is paid for by that.
fn paying(expr: &mut IdedExpr, pay: &str) -> u64 {
    let size = metered(expr);
    let is_small = match &expr.expr {
        Expr::Literal(_) | Expr::List(_) | Expr::Map(_) => true,
        // What a loop gathers, and the prefix of the optional functions: the crate knows both by their names.
        Expr::Ident(name) => name.starts_with('@') || name == "optional",
        _ => false,
    };
    if !is_small {
        wrap(expr, pay, None);
    }
    size
}

fn wrap(expr: &mut IdedExpr, function: &str, units: Option<u64>) {
    let inner = std::mem::take(expr);
    let units = units.map(|units| IdedExpr {
        id: inner.id,
        expr: Expr::Literal(LiteralValue::Int(CelInt::from(
            i64::try_from(units).unwrap_or(i64::MAX),
        ))),
    });
    expr.id = inner.id;
    expr.expr = Expr::Call(CallExpr {
        func_name: function.to_owned(),
        target: None,
        args: std::iter::once(inner).chain(units).collect(),
    });
}
