//! The CEL rules of a definition (`x-kubernetes-validations`), evaluated by the cel crate within the API server's budgets.
//!
//! A rule that cannot be evaluated (a transition rule, a function the crate lacks, more work than the API server allows) is
//! named, never skipped in silence.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString,
};
use cel::common::value::Val;
use cel::{Context, Env, IdedExpr, Program, Value as CelValue};
use serde_json::Value;

use super::CrdReview;
use super::meter::{Meter, metered};
use crate::admission::refusal::{Layer, Refusal};
use crate::json_pointer::Pointer;

/// What one evaluation of a rule may cost (`PerCallLimit` of k8s.io/apiserver).
const RULE_COST: u64 = 1_000_000;
/// What the rules of one object may cost together (`RuntimeCELCostBudget`).
const OBJECT_COST: u64 = 10_000_000;
/// What all objects of a run may cost. The API server spends this much for each few requests; a run has to end.
const RUN_COST: u64 = 100_000_000;
/// The most characters of a rule, and of all different rules of a run. The largest that are published have some thousands.
const RULE_LENGTH: usize = 16 * 1024;
const RUN_LENGTH: usize = 512 * 1024;
/// How many operators a rule may have: each may be nested in the one before it.
const RULE_OPERATORS: usize = 2_000;
/// Room for a rule of that many nested operators.
const STACK: usize = 256 * 1024 * 1024;

/// The rules at one place of a schema, and below it; most places have none.
#[derive(Default)]
pub(super) struct Rules {
    own: Vec<Rule>,
    fields: BTreeMap<String, Rules>,
    others: Option<Box<Rules>>,
    items: Option<Box<Rules>>,
}

struct Rule {
    source: String,
    message: Option<String>,
    compiled: OnceLock<Result<Arc<Compiled>, String>>,
}

/// A rule that pays for what it does, and what it costs at least.
struct Compiled {
    /// Taking a deep expression apart takes a deep stack, which only evaluation has; a run has few, and then ends.
    expression: ManuallyDrop<IdedExpr>,
    cost: u64,
}

/// What the objects of a run have in common. They are judged one after the other, so what is left for one is certain.
pub(super) struct Run {
    env: OnceLock<Arc<Env>>,
    left: AtomicU64,
    /// Compiled rules by their text: the same rule stands in many definitions.
    compiled: Mutex<BTreeMap<String, Result<Arc<Compiled>, String>>>,
    /// Rules that once cost too much, and are not tried again.
    given_up: Mutex<BTreeSet<String>>,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            env: OnceLock::new(),
            left: AtomicU64::new(RUN_COST),
            compiled: Mutex::default(),
            given_up: Mutex::default(),
        }
    }
}

impl Rules {
    /// The rules of a schema; none if there are none in it.
    pub(super) fn of(schema: &Value) -> Option<Self> {
        let schema = schema.as_object()?;
        let rules = schema
            .get("x-kubernetes-validations")
            .and_then(Value::as_array);
        let fields = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let below = |key: &str| schema.get(key).and_then(Self::of).map(Box::new);
        let rules = Self {
            own: rules.into_iter().flatten().map(Rule::of).collect(),
            fields: fields
                .filter_map(|(key, field)| Some((key.clone(), Self::of(field)?)))
                .collect(),
            others: below("additionalProperties"),
            items: below("items"),
        };
        let is_empty = rules.own.is_empty()
            && rules.fields.is_empty()
            && rules.others.is_none()
            && rules.items.is_none();
        (!is_empty).then_some(rules)
    }

    /// Evaluates every rule on an object, on a stack that is deep enough for the deepest rule.
    pub(super) fn evaluate(&self, value: &Value, run: &Run, review: &mut CrdReview) {
        let budget = OBJECT_COST.min(run.left.load(Ordering::Relaxed));
        let mut evaluation = Evaluation {
            run,
            left: budget,
            stopped: false,
            review,
        };
        if budget == 0 {
            return evaluation.stop(
                "all further rules",
                "the rules of this run cost too much together",
            );
        }
        let ended = std::thread::scope(|scope| {
            let work = || evaluation.below(self, value, &Pointer::root());
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread
                .spawn_scoped(scope, work)
                .is_ok_and(|thread| thread.join().is_ok())
        });
        if !ended {
            evaluation.stop(
                "all rules",
                "there is no memory to do so, or the evaluator failed",
            );
        }
        run.left
            .fetch_sub(budget - evaluation.left, Ordering::Relaxed);
    }
}

impl Rule {
    fn of(rule: &Value) -> Self {
        let text = |key: &str| rule[key].as_str().map(str::to_owned);
        Self {
            source: text("rule").unwrap_or_default(),
            message: text("message"),
            compiled: OnceLock::new(),
        }
    }
}

/// Characters of a rule, or of why it cannot be evaluated, that are quoted.
const QUOTED: usize = 500;

/// A text on one line, not longer than a reader wants.
fn quoted(text: &str) -> String {
    let line = text
        .split_whitespace()
        .take(QUOTED)
        .collect::<Vec<_>>()
        .join(" ");
    match line.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// The rules of one object on their way.
struct Evaluation<'e> {
    run: &'e Run,
    left: u64,
    /// Once a budget is spent, the API server evaluates no further rule of the object.
    stopped: bool,
    review: &'e mut CrdReview,
}

impl Evaluation<'_> {
    /// Walks the value along the rules.
    fn below(&mut self, rules: &Rules, value: &Value, at: &Pointer) {
        if self.stopped || value.is_null() {
            return;
        }
        if !rules.own.is_empty() {
            self.here(&rules.own, value, at);
        }
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    if let Some(rules) = rules.fields.get(key).or(rules.others.as_deref()) {
                        self.below(rules, value, &at.key(key));
                    }
                }
            }
            Value::Array(items) => {
                for (rules, (n, item)) in rules.items.iter().cycle().zip(items.iter().enumerate()) {
                    self.below(rules, item, &at.index(n));
                }
            }
            _ => {}
        }
    }

    /// Evaluates the rules of one place. The value is handed over once for all of them.
    fn here(&mut self, rules: &[Rule], value: &Value, at: &Pointer) {
        let env = self.run.env.get_or_init(|| Arc::new(Env::stdlib()));
        let mut context = Context::with_env(env.clone());
        let meter = Meter::new(self.left);
        let handed = handed_over(value);
        let size = meter.size(handed.as_ref());
        meter.install(&mut context);
        context.add_variable_as_val("self", handed);
        self.left = self.left.saturating_sub(size);
        for rule in rules {
            self.rule(rule, &context, &meter, at);
            if self.stopped {
                return;
            }
        }
    }

    fn rule(&mut self, rule: &Rule, context: &Context<'_, '_>, meter: &Meter, at: &Pointer) {
        let compiled = match rule
            .compiled
            .get_or_init(|| self.run.compiled(&rule.source))
        {
            Ok(compiled) => compiled,
            Err(why) => return self.name(&rule.source, why),
        };
        if self.run.given_up().contains(&rule.source) {
            return;
        }
        let budget = RULE_COST.min(self.left);
        meter.refill(budget);
        let outcome = match meter.pay(compiled.cost) {
            Ok(()) => holds(&compiled.expression, context),
            Err(error) => Err(error.to_string()),
        };
        self.left -= budget - meter.left();
        match outcome {
            _ if meter.left() == 0 && budget == RULE_COST => {
                self.run.given_up().insert(rule.source.clone());
                self.stop(&rule.source, TOO_MUCH);
            }
            _ if meter.left() == 0 => self.stop(&rule.source, TOO_MUCH_TOGETHER),
            Ok(true) => {}
            Ok(false) => self.refuse(rule, at),
            Err(why) => self.name(&rule.source, &why),
        }
    }

    fn refuse(&mut self, rule: &Rule, at: &Pointer) {
        let message = rule.message.as_deref().map(quoted);
        self.review.refusals.push(Refusal {
            pointer: at.clone(),
            layer: Layer::Cel,
            reason: message.unwrap_or_else(|| format!("fails the rule {}", quoted(&rule.source))),
            help: None,
            change: None,
        });
    }

    fn stop(&mut self, rule: &str, why: &str) {
        self.stopped = true;
        self.name(rule, why);
    }

    fn name(&mut self, rule: &str, why: &str) {
        let text = format!("{} ({})", quoted(rule), quoted(why));
        self.review.not_evaluated.insert(text);
    }
}

const TOO_MUCH: &str = "it costs more than the 1000000 units that the API server allows: it refuses such a definition, or \
                        stops here and refuses the object; bound the lists that the rule loops over with maxItems";
const TOO_MUCH_TOGETHER: &str = "the rules of this object cost more than the 10000000 units that the API server allows: it \
                                 stops here and refuses the object";

impl Run {
    fn given_up(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A rule that pays for what it does, or why there is none.
    fn compiled(&self, source: &str) -> Result<Arc<Compiled>, String> {
        let mut known = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = known.get(source) {
            return compiled.clone();
        }
        let length: usize = known.keys().map(String::len).sum();
        let operators = source.matches([
            '+', '-', '*', '/', '%', '<', '>', '=', '!', '.', '[', '(', '{', '?',
        ]);
        if source.len() > RULE_LENGTH || operators.count() > RULE_OPERATORS {
            return Err("it is too long to be evaluated here".to_owned());
        }
        if length + source.len() > RUN_LENGTH {
            return Err("there are too many rules to evaluate all of them here".to_owned());
        }
        let compiled = compile(source);
        known.insert(source.to_owned(), compiled.clone());
        compiled
    }
}

fn compile(source: &str) -> Result<Arc<Compiled>, String> {
    let program =
        Program::compile(source).map_err(|_| "the rule does not compile here".to_owned())?;
    // A rule on the change from one state to the next says nothing about a first state.
    if program.references().has_variable("oldSelf") {
        return Err("it compares with the object before the change".to_owned());
    }
    let mut expression = program.expression().clone();
    let cost = metered(&mut expression);
    Ok(Arc::new(Compiled {
        expression: ManuallyDrop::new(expression),
        cost,
    }))
}

/// A value as rules see it. Whole numbers are `int`, as in the API server: `x * 2` holds of no `uint`.
fn handed_over(value: &Value) -> Box<dyn Val> {
    match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(truth) => Box::new(CelBool::from(*truth)),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Box::new(CelInt::from(whole)),
            None => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
        },
        Value::String(text) => Box::new(CelString::from(text.clone())),
        Value::Array(items) => {
            let items: Vec<Box<dyn Val>> = items.iter().map(handed_over).collect();
            Box::new(CelList::from(items))
        }
        Value::Object(map) => {
            let key = |key: &String| CelMapKey::String(CelString::from(key.clone()));
            let map = map.iter().map(|(k, v)| (key(k), handed_over(v)));
            Box::new(CelMap::from(map.collect::<HashMap<_, _>>()))
        }
    }
}

/// The value of a rule, or why it has none.
fn holds(rule: &IdedExpr, context: &Context<'_, '_>) -> Result<bool, String> {
    let value = CelValue::resolve_val(rule, context).map_err(|error| error.to_string())?;
    let holds = value.downcast_ref::<CelBool>().map(|holds| *holds.inner());
    holds.ok_or_else(|| "it yields no boolean".to_owned())
}
