//! A plugin without a cloud: what is recorded exists. Benchmarks measure the costs of kim itself with it.

use kim_plugin::prelude::*;

/// A thing that is complete when its create returns.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "nothing:Thing", id = "thing_id", read_batch = 1000, ready)]
pub struct Thing {
    /// Any text.
    pub label: String,
    /// The id of the thing that it depends on.
    pub after: Option<String>,
    /// The thing's id.
    #[kim(computed)]
    pub thing_id: String,
}

/// A thing whose creation is settled after its create, as for most kinds of clouds.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "nothing:SlowThing", id = "thing_id", read_batch = 1000)]
pub struct SlowThing {
    /// Any text.
    pub label: String,
    /// The id of the thing that it depends on.
    pub after: Option<String>,
    /// The thing's id.
    #[kim(computed)]
    pub thing_id: String,
}

/// Implements the operations of both kinds.
macro_rules! exists_by_being_recorded {
    ($kind:ident) => {
        impl $kind {
            fn state(id: &str, inputs: $kind) -> State<$kind> {
                State { id: id.to_owned(), properties: $kind { thing_id: id.to_owned(), ..inputs } }
            }
        }

        impl Kind for $kind {
            async fn create(inputs: $kind, token: &str) -> Result<State<$kind>, Failure> {
                Ok($kind::state(token, inputs))
            }

            async fn read(things: Vec<Live<$kind>>) -> Result<Vec<Option<State<$kind>>>, Failure> {
                let read = |thing: Live<$kind>| thing.properties.map(|properties| State { id: thing.id, properties });
                Ok(things.into_iter().map(read).collect())
            }

            async fn update(id: &str, inputs: $kind, _: $kind) -> Result<Progress<$kind>, Failure> {
                Ok(Progress::Done($kind::state(id, inputs)))
            }

            async fn delete(_: &str, _: $kind) -> Result<Deletion, Failure> {
                Ok(Deletion::Gone)
            }

            async fn find(_: &str, _: $kind) -> Result<Option<State<$kind>>, Failure> {
                Ok(None)
            }
        }
    };
}
exists_by_being_recorded!(Thing);
exists_by_being_recorded!(SlowThing);

kim_plugin::export! { name: "nothing", docs: "Does nothing.", kinds: [Thing, SlowThing] }
