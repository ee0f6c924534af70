//! Renames that nobody declared: what would be deleted while something like it is created.
//!
//! Pure. Two are alike if they are of one kind and the new one has the inputs that are recorded of
//! the old one. An input that is not known yet counts as the same if it draws on the same resources,
//! those that look renamed themselves included. What was moved or renamed as a whole with its
//! component is one rename: that of the component.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kim_model::{Former, FormerParent, Remedy, Urn};

use super::diff::one_by_one;
use super::order::Removal;
use super::steps::StepPlan;
use crate::event::{Diagnostic, Severity, counted};
use crate::plan::{Fate, Operation};
use crate::state::{Action, Record, Standing, Unfinished};

/// What leaves and what comes, and which of them were found to be alike.
struct Search<'r> {
    plan: &'r StepPlan<'r>,
    /// The copies that would be deleted and have no like yet, by kind.
    ///
    /// Those of a kind are in the order of their URNs.
    leaving: HashMap<&'r str, Vec<&'r Record>>,
    /// The present URN of each that has its like, by the old one.
    renamed: HashMap<&'r Urn, &'r Urn>,
    /// The old copy and the new one's index of each pair.
    pairs: Vec<(&'r Record, usize)>,
}

impl StepPlan<'_> {
    /// Returns a diagnostic for each rename that the program does not declare.
    ///
    /// It is an error, because what the old resource holds would be lost; in a preview a warning.
    pub(crate) fn renamed(&self, removals: &[Removal]) -> Vec<Diagnostic> {
        let mut roots: BTreeMap<(&Urn, usize), Vec<&Urn>> = BTreeMap::new();
        for (old, new) in Search::new(self, removals).pairs() {
            roots.entry(self.root(old, new)).or_default().push(&old.urn);
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
    /// `inside` are the URNs of all old copies that it concerns.
    fn undeclared(&self, old: &Urn, new: usize, inside: &[&Urn]) -> Diagnostic {
        let urn = &self.desired.nodes[new].urn;
        let what = match self.desired.declaration(new).component {
            true => format!(
                "{} in {old} would be deleted and the same created in {urn}",
                counted(inside.len(), "resource")
            ),
            false => format!("{old} would be deleted and {urn} created with the same inputs"),
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
        let mut leaving: HashMap<&str, Vec<&Record>> = HashMap::new();
        for removal in removals {
            let record = plan.state.resources.get(&removal.copy);
            if let Some(record) = record.filter(|record| plan.destroys(removal, record)) {
                leaving.entry(record.urn.kind()).or_default().push(record);
            }
        }
        Search { plan, leaving, renamed: HashMap::new(), pairs: Vec::new() }
    }

    /// Returns the pairs that are alike.
    ///
    /// Those of one name are found first, then the others in order of declaration.
    fn pairs(mut self) -> Vec<(&'r Record, usize)> {
        let plan = self.plan;
        let nodes = plan.desired.nodes.iter().enumerate();
        let mut coming: Vec<usize> = nodes
            .filter(|(index, node)| {
                self.leaving.contains_key(node.urn.kind())
                    && plan.targets.takes(&node.urn)
                    && plan.is_new(*index)
            })
            .map(|(index, _)| index)
            .collect();
        for by_name in [true, false] {
            coming.retain(|new| !self.pair(*new, by_name));
        }
        self.pairs
    }

    /// Finds the first old copy that is like a new one, and returns true if any is.
    fn pair(&mut self, new: usize, by_name: bool) -> bool {
        let urn = &self.plan.desired.nodes[new].urn;
        let fits =
            |old: &&Record| (!by_name || old.urn.name() == urn.name()) && self.are_alike(old, new);
        let leaving = &self.leaving[urn.kind()];
        let Some(at) = leaving.iter().position(fits) else { return false };
        let Some(leaving) = self.leaving.get_mut(urn.kind()) else { return false };
        let old = leaving.remove(at);
        self.renamed.insert(&old.urn, urn);
        self.pairs.push((old, new));
        true
    }

    /// Returns true if a new copy has the inputs of an old one.
    ///
    /// What the program ignores is left out.
    fn are_alike(&self, old: &Record, new: usize) -> bool {
        let declaration = self.plan.desired.declaration(new);
        let Some(kind) = self.plan.providers.kind(&declaration.kind) else { return false };
        let ignored = &declaration.options.ignore_changes;
        let changes = one_by_one(kind, &self.plan.decisions[new].inputs, old, None);
        let mut all_known = true;
        for change in changes {
            if ignored.iter().any(|path| change.path.is_within(path)) {
                continue;
            }
            if !change.new.is_some_and(|value| value.has_unknown()) {
                return false;
            }
            all_known = false;
        }
        all_known || self.draw_on_the_same(old, new)
    }

    /// Returns true if a new copy depends on what an old one depends on.
    ///
    /// What looks renamed counts under its present name.
    fn draw_on_the_same(&self, old: &Record, new: usize) -> bool {
        let (plan, nodes) = (self.plan, &self.plan.desired.nodes);
        let is_component = |index: &usize| plan.desired.declaration(*index).component;
        let present = nodes[new].dependencies.iter().filter(|index| !is_component(index));
        let present: BTreeSet<&Urn> = present.map(|index| &nodes[*index].urn).collect();
        let recorded = old
            .dependencies
            .iter()
            .filter(|urn| plan.state.current(urn).is_none_or(|record| !record.component));
        recorded.map(|urn| self.renamed.get(urn).copied().unwrap_or(urn)).collect::<BTreeSet<_>>()
            == present
    }
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
