//! Renames that nobody declared: what would be deleted while something like it is created.
//!
//! Pure. Two are alike if they are of one kind and the new one has the inputs that are recorded of
//! the old one. An input that is not known yet counts as the same if it draws on the same
//! resources, those that look renamed themselves included. What was moved or renamed as a whole
//! with its component is one rename: that of the component.
//!
//! Invariant: the time grows with the number of resources, not with its square. What is alike is
//! found by a hash of what has to be equal. Only what a hash cannot tell, such as an input that the
//! program ignores or that the kind compares by its meaning, is compared one by one, and that at
//! most [`CANDIDATES`] times for each new copy and `CANDIDATES`² times in vain for each kind. So a
//! rename that is told by such an input alone may be missed among thousands of one kind.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use kim_model::{Former, FormerParent, Path, Remedy, Urn, Value, bounds};

use super::diff::diff_beside;
use super::keys::names;
use super::order::{Handover, Removal};
use super::steps::StepPlan;
use crate::event::{Diagnostic, Severity, counted};
use crate::plan::{Fate, Operation};
use crate::state::{Action, CopyId, Record, Standing, Unfinished};

/// The most old copies that one new copy is compared with in one pass.
const CANDIDATES: usize = bounds::RENAMES.most();

/// What leaves and what comes, and which of them were found to be alike.
struct Search<'r> {
    plan: &'r StepPlan<'r>,
    /// The copies that would be deleted, in the order of their URNs.
    leaving: Vec<&'r Record>,
    /// Which of them have no like yet, by each of their keys.
    index: HashMap<Key<'r>, BTreeSet<usize>>,
    /// How many comparisons found no likeness, by kind.
    misses: HashMap<&'r str, usize>,
    /// The old URN of each that has its like, by the present one.
    former: HashMap<&'r Urn, &'r Urn>,
    /// What was found to be alike.
    pairs: Vec<Pair<'r>>,
}

/// An old copy, the index of the new one that is like it, and why it is.
#[derive(Clone, Copy)]
struct Pair<'r> {
    old: &'r Record,
    new: usize,
    /// The key that they share; `None`: they have the same inputs.
    key: Option<&'r [Path]>,
}

/// What an old copy is found by.
#[derive(PartialEq, Eq, Hash)]
struct Key<'r> {
    kind: &'r str,
    /// The last part of its URN; `None`: any.
    name: Option<&'r str>,
    by: By,
}

/// What the copies under a key have in common besides kind and name.
#[derive(PartialEq, Eq, Hash)]
enum By {
    /// The hash of the inputs, whatever of them is secret.
    Inputs(u64),
    /// The hash of what they depend on, under its old URNs.
    ///
    /// It has to be the same if an input is not known yet.
    Dependencies(u64),
    /// Nothing.
    Kind,
}

impl StepPlan<'_> {
    /// Returns a diagnostic for each rename that the program does not declare.
    ///
    /// It is an error, because what the old resource holds would be lost; in a preview a warning.
    pub(crate) fn renamed(
        &self,
        removals: &[Removal],
        handovers: &[Handover<'_>],
    ) -> Vec<Diagnostic> {
        let mut roots: BTreeMap<(&Urn, usize), Vec<Pair<'_>>> = BTreeMap::new();
        for pair in Search::new(self, removals).pairs(handovers) {
            roots.entry(self.root(pair.old, pair.new)).or_default().push(pair);
        }
        roots.into_iter().map(|((old, new), inside)| self.undeclared(old, new, &inside)).collect()
    }

    /// Returns true if a removal destroys what the program no longer declares.
    ///
    /// A copy that is to be replaced anyway, or whose delete began in an earlier run, is none.
    fn destroys(&self, removal: &Removal, record: &Record) -> bool {
        (removal.action == Action::Delete || removal.deleted_with_container)
            && record.standing == Standing::Current
            && self.desired.index(&record.urn).is_none()
            && !record.tainted
            && record.unfinished != Some(Unfinished::Delete)
    }

    /// Returns true if nothing is recorded under the URN of a declared resource.
    fn is_new(&self, index: usize) -> bool {
        let mut copies = self.state.copies(&self.desired.nodes[index].urn);
        self.decisions[index].fate == Fate::Create
            && copies.all(|copy| copy.standing == Standing::Replaced)
    }

    /// Returns what was renamed: the outermost component, or the resource itself.
    fn root<'r>(&'r self, old: &'r Record, new: usize) -> (&'r Urn, usize) {
        let (mut old, mut new) = (old, new);
        while let (Some(container), Some(parent)) = (&old.parent, self.desired.nodes[new].parent)
            && old.urn.name() == self.desired.nodes[new].urn.name()
            && self.desired.index(container).is_none()
            && self.is_new(parent)
            && let Some(container) = self.state.current(container)
        {
            (old, new) = (container, parent);
        }
        (&old.urn, new)
    }

    /// Returns the diagnostic for a rename of a resource or component.
    ///
    /// `inside` is all that it concerns.
    fn undeclared(&self, old: &Urn, new: usize, inside: &[Pair<'_>]) -> Diagnostic {
        let urn = &self.desired.nodes[new].urn;
        let key = inside.iter().find_map(|pair| pair.key);
        let same = key.map_or("inputs".to_owned(), names);
        let what = match self.desired.declaration(new).component {
            true => format!(
                "{} in {old} would be deleted and the same created in {urn}",
                counted(inside.len(), "resource")
            ),
            false => format!("{old} would be deleted and {urn} created with the same {same}"),
        };
        let (severity, end) = match self.operation {
            Operation::Preview => (Severity::Warning, "an up refuses to lose what is there"),
            _ => (Severity::Error, "nothing is deleted for that, unless it is meant"),
        };
        Diagnostic::new(severity, format!("{what}, which looks like a rename; {end}"))
            .about(urn.clone())
            .declared_at(self.desired.declaration(new).source.clone())
            .cured_by(Remedy::DeclareFormer { former: Box::new(former(old, urn)) })
    }
}

impl<'r> Search<'r> {
    fn new(plan: &'r StepPlan<'r>, removals: &[Removal]) -> Search<'r> {
        let records = removals.iter().filter_map(|removal| {
            let record = plan.state.resources.get(&removal.copy).map(Arc::as_ref);
            record.filter(|record| plan.destroys(removal, record))
        });
        let mut search = Search {
            plan,
            leaving: records.collect(),
            index: HashMap::new(),
            misses: HashMap::new(),
            former: HashMap::new(),
            pairs: Vec::new(),
        };
        for at in 0..search.leaving.len() {
            for key in search.keys(search.leaving[at]) {
                search.index.entry(key).or_default().insert(at);
            }
        }
        search
    }

    /// Returns the pairs that are alike.
    ///
    /// Then come those of one name, then the others in order of declaration.
    /// Those that share a key come before all others.
    fn pairs(mut self, handovers: &[Handover<'r>]) -> Vec<Pair<'r>> {
        let plan = self.plan;
        let nodes = plan.desired.nodes.iter().enumerate();
        let mut coming: Vec<usize> = nodes
            .filter(|(index, node)| {
                let any = Key { kind: node.urn.kind(), name: None, by: By::Kind };
                self.index.contains_key(&any)
                    && plan.targets.takes(&node.urn)
                    && plan.is_new(*index)
            })
            .map(|(index, _)| index)
            .collect();
        let paired = self.pair_by_key(handovers);
        coming.retain(|new| !paired.contains(new));
        for by_name in [true, false] {
            coming.retain(|new| !self.pair(*new, by_name));
        }
        self.pairs
    }

    /// Finds what takes a key of an old copy, and returns the indexes of what does.
    fn pair_by_key(&mut self, handovers: &[Handover<'r>]) -> BTreeSet<usize> {
        let copies = self.leaving.iter().enumerate();
        let copies: HashMap<CopyId, usize> = copies.map(|(at, old)| (old.copy_id(), at)).collect();
        let (mut old, mut new) = (BTreeSet::new(), BTreeSet::new());
        for Handover { from, to, key } in handovers {
            let Some(&at) = copies.get(from) else { continue };
            if self.plan.is_new(*to) && !new.contains(to) && old.insert(at) {
                new.insert(*to);
                self.found(at, *to, Some(key));
            }
        }
        new
    }

    /// Finds an old copy that is like a new one, and returns true if there is one.
    fn pair(&mut self, new: usize, by_name: bool) -> bool {
        let Some(at) = self.first_alike(new, by_name) else { return false };
        self.found(at, new, None);
        true
    }

    /// Records that an old copy is like a new one.
    fn found(&mut self, at: usize, new: usize, key: Option<&'r [Path]>) {
        let urn = &self.plan.desired.nodes[new].urn;
        let old = self.leaving[at];
        for key in self.keys(old) {
            if let Some(copies) = self.index.get_mut(&key) {
                copies.remove(&at);
            }
        }
        self.former.insert(urn, &old.urn);
        self.pairs.push(Pair { old, new, key });
    }

    /// Returns the index of the first old copy that is like a new one.
    ///
    /// One whose hash is the same comes first.
    fn first_alike(&mut self, new: usize, by_name: bool) -> Option<usize> {
        let urn = &self.plan.desired.nodes[new].urn;
        let (kind, name) = (urn.kind(), by_name.then(|| urn.name()));
        let inputs = &self.plan.decisions[new].inputs;
        let same = match inputs.has_unknown() {
            true => By::Dependencies(hash_of(&self.present_dependencies(new))),
            false => By::Inputs(hash_of_inputs(inputs)),
        };
        let misses = self.misses.get(kind).copied().unwrap_or_default();
        let at_most = if misses < CANDIDATES * CANDIDATES { CANDIDATES } else { 1 };
        let keys = [same, By::Kind].map(|by| Key { kind, name, by });
        let copies = keys.iter().filter_map(|key| self.index.get(key)).flatten().take(at_most);
        let mut compared = 0;
        let found = copies.copied().find(|at| {
            compared += 1;
            self.are_alike(self.leaving[*at], new)
        });
        *self.misses.entry(kind).or_default() += compared - usize::from(found.is_some());
        found
    }

    /// Returns all keys of an old copy.
    fn keys(&self, old: &'r Record) -> impl Iterator<Item = Key<'r>> + use<'r> {
        let (kind, name) = (old.urn.kind(), old.urn.name());
        let inputs = hash_of_inputs(&old.inputs);
        let dependencies = hash_of(&self.recorded_dependencies(old));
        [None, Some(name)].into_iter().flat_map(move |name| {
            [By::Inputs(inputs), By::Dependencies(dependencies), By::Kind].map(|by| Key {
                kind,
                name,
                by,
            })
        })
    }

    /// Returns true if a new copy has the inputs of an old one.
    ///
    /// What the program ignores is left out.
    fn are_alike(&self, old: &Record, new: usize) -> bool {
        let declaration = self.plan.desired.declaration(new);
        let Some(kind) = self.plan.providers.kind(&declaration.kind) else { return false };
        let ignored = &declaration.options.ignore_changes;
        let inputs = &self.plan.decisions[new].inputs;
        let changes = diff_beside(kind, inputs, old, None, ignored);
        let mut all_known = true;
        for change in changes {
            if !change.new.is_some_and(|value| value.has_unknown()) {
                return false;
            }
            all_known = false;
        }
        all_known || self.draw_on_the_same(old, new)
    }

    /// Returns true if a new copy depends on what an old one depends on.
    fn draw_on_the_same(&self, old: &Record, new: usize) -> bool {
        self.recorded_dependencies(old) == self.present_dependencies(new)
    }

    /// Returns the resources that an old copy depends on.
    fn recorded_dependencies<'o>(&self, old: &'o Record) -> BTreeSet<&'o Urn> {
        let is_resource =
            |urn: &&Urn| self.plan.state.current(urn).is_none_or(|record| !record.component);
        old.dependencies.iter().filter(is_resource).collect()
    }

    /// Returns the resources that a new copy depends on.
    ///
    /// What looks renamed counts under its old URN.
    fn present_dependencies(&self, new: usize) -> BTreeSet<&'r Urn> {
        let desired = &self.plan.desired;
        let dependencies = desired.nodes[new].dependencies.iter();
        dependencies
            .filter(|index| !desired.declaration(**index).component)
            .map(|index| &desired.nodes[*index].urn)
            .map(|urn| self.former.get(urn).copied().unwrap_or(urn))
            .collect()
    }
}

fn hash_of(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// Returns a hash of inputs that does not depend on what of them is secret.
fn hash_of_inputs(inputs: &Value) -> u64 {
    fn add(value: &Value, hasher: &mut DefaultHasher) {
        let value = value.revealed();
        std::mem::discriminant(value).hash(hasher);
        match value {
            Value::Bool(value) => value.hash(hasher),
            Value::Int(value) => value.hash(hasher),
            Value::Float(value) => value.to_bits().hash(hasher),
            Value::Text(value) => value.hash(hasher),
            Value::Bytes(value) => value.hash(hasher),
            Value::List(items) => {
                items.len().hash(hasher);
                items.iter().for_each(|item| add(item, hasher));
            }
            Value::Map(map) => {
                map.len().hash(hasher);
                for (name, item) in map {
                    name.hash(hasher);
                    add(item, hasher);
                }
            }
            Value::Output(id) => id.hash(hasher),
            Value::Null | Value::Unknown | Value::Secret(_) => {}
        }
    }
    let mut hasher = DefaultHasher::new();
    add(inputs, &mut hasher);
    hasher.finish()
}

/// Returns what is different of a former URN.
fn former(old: &Urn, new: &Urn) -> Former {
    let differs = |old: &str, new: &str| (old != new).then(|| Urn::unescape(old));
    let container =
        |urn: &Urn| urn.qualified_name().rsplit_once('/').map(|(path, _)| path.to_owned());
    let parent = match container(old) {
        parent if parent == container(new) => FormerParent::Same,
        Some(path) => FormerParent::Component(path),
        None => FormerParent::Outside,
    };
    Former {
        name: differs(old.name(), new.name()),
        kind: differs(old.kind(), new.kind()),
        parent,
        project: differs(old.project(), new.project()),
    }
}
