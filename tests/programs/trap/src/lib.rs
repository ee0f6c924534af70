//! A plugin that traps if an input says so. It needs no capability.

use kim_plugin::prelude::*;

/// A resource whose creation traps if its title says so.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "trap:Bomb", id = "bomb_id")]
pub struct Bomb {
    /// The title. `boom` makes the plugin panic.
    pub title: String,
    /// The thing's id.
    #[kim(computed)]
    pub bomb_id: String,
}

fn touch(id: &str, inputs: Bomb) -> State<Bomb> {
    assert!(inputs.title != "boom", "somebody said boom");
    State { id: id.to_owned(), properties: Bomb { bomb_id: id.to_owned(), ..inputs } }
}

impl Kind for Bomb {
    async fn create(inputs: Bomb, token: &str) -> Result<State<Bomb>, Failure> {
        Ok(touch(token, inputs))
    }

    async fn settle(id: &str, inputs: Bomb, _: Bomb) -> Result<Progress<Bomb>, Failure> {
        Ok(Progress::Done(touch(id, inputs)))
    }

    /// Returns what is recorded: there is no cloud.
    async fn read(bombs: Vec<Live<Bomb>>) -> Result<Vec<Option<State<Bomb>>>, Failure> {
        let read = |bomb: Live<Bomb>| bomb.properties.map(|properties| State { id: bomb.id, properties });
        Ok(bombs.into_iter().map(read).collect())
    }

    async fn update(id: &str, inputs: Bomb, _: Bomb) -> Result<Progress<Bomb>, Failure> {
        Ok(Progress::Done(touch(id, inputs)))
    }

    async fn delete(_: &str, _: Bomb) -> Result<Deletion, Failure> {
        Ok(Deletion::Gone)
    }

    async fn find(_: &str, _: Bomb) -> Result<Option<State<Bomb>>, Failure> {
        Ok(None)
    }
}

kim_plugin::export! { name: "trap", docs: "Goes off.", kinds: [Bomb] }
