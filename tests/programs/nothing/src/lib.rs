//! A plugin that does nothing: there is no cloud behind it, what was recorded is what there is. Benchmarks measure with it
//! what kim itself costs.

use kim_plugin::prelude::*;

/// A thing that is complete when it is created.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "nothing:Thing", id = "thing_id", read_batch = 1000, ready)]
pub struct Thing {
    /// Any text.
    pub label: String,
    /// The id of the thing that it comes after.
    pub after: Option<String>,
    /// Its id.
    #[kim(computed)]
    pub thing_id: String,
}

/// A thing that is asked whether it is ready once it is created, as most kinds of clouds are.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "nothing:SlowThing", id = "thing_id", read_batch = 1000)]
pub struct SlowThing {
    /// Any text.
    pub label: String,
    /// The id of the thing that it comes after.
    pub after: Option<String>,
    /// Its id.
    #[kim(computed)]
    pub thing_id: String,
}

/// Both behave alike.
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
