//! A plugin that does nothing: there is no cloud behind it, what was recorded is what there is. Benchmarks measure with it
//! what kim itself costs.

use kim_plugin::prelude::*;

/// A thing that exists by being recorded.
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

fn state(id: &str, inputs: Thing) -> State<Thing> {
    State { id: id.to_owned(), properties: Thing { thing_id: id.to_owned(), ..inputs } }
}

impl Kind for Thing {
    async fn create(inputs: Thing, token: &str) -> Result<State<Thing>, Failure> {
        Ok(state(token, inputs))
    }

    async fn read(things: Vec<Live<Thing>>) -> Result<Vec<Option<State<Thing>>>, Failure> {
        let read = |thing: Live<Thing>| thing.properties.map(|properties| State { id: thing.id, properties });
        Ok(things.into_iter().map(read).collect())
    }

    async fn update(id: &str, inputs: Thing, _: Thing) -> Result<Progress<Thing>, Failure> {
        Ok(Progress::Done(state(id, inputs)))
    }

    async fn delete(_: &str, _: Thing) -> Result<Deletion, Failure> {
        Ok(Deletion::Gone)
    }

    async fn find(_: &str, _: Thing) -> Result<Option<State<Thing>>, Failure> {
        Ok(None)
    }
}

kim_plugin::export! { name: "nothing", docs: "Does nothing.", kinds: [Thing] }
