//! A plugin in its sandbox keeps the contract of providers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use kim_engine::ports::Provider;
use kim_engine::testing::provider::ProviderFixture;
use kim_model::Value;

use super::guests::Setup;
use super::server::{Reaction, Server};
use crate::PluginComponent;

/// The kind `stored` of the test plugin, and the server that keeps its texts.
struct Stored {
    plugin: Arc<PluginComponent>,
    _server: Server,
}

impl Stored {
    async fn load() -> Stored {
        let texts: Mutex<BTreeMap<String, &'static str>> = Mutex::default();
        let server = Server::start(move |_, request| {
            let mut texts = texts.lock().unwrap();
            let mut line = request.line.split(' ');
            let (method, path) =
                (line.next().unwrap_or_default(), line.next().unwrap_or_default().to_owned());
            let found = match method {
                "PUT" => texts.insert(path, request.body.clone().leak()).or(Some("")),
                "DELETE" => texts.remove(&path),
                _ => texts.get(&path).copied(),
            };
            found.map_or(Reaction::Answer(404, ""), |text| Reaction::Answer(200, text))
        })
        .await;
        let setup = Setup { host: server.host(), ..Setup::default() };
        Stored { plugin: Arc::new(setup.load().await.plugin), _server: server }
    }
}

impl ProviderFixture for Stored {
    fn provider(&self) -> Arc<dyn Provider> {
        self.plugin.clone()
    }

    fn kind(&self) -> String {
        "stored".to_owned()
    }

    fn inputs(&self, name: &str) -> Value {
        [("text", name)].into_iter().collect()
    }

    fn updated_inputs(&self, name: &str) -> Option<Value> {
        Some([("text", format!("{name}, updated"))].into_iter().collect())
    }
}

kim_engine::provider_contract!(Stored::load().await);
