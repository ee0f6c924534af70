//! kim's engine: from what a program declared to what the cloud holds, in one direction.
//!
//! ```text
//! program ──▶ desired ──check──▶ ──read──▶ ──diff──▶ plan ──apply──▶ state
//! ```
//!
//! A [`Stack`] is the whole API: its parts, then [`Stack::preview`], [`Stack::up`],
//! [`Stack::destroy`], [`Stack::refresh`], or [`Stack::plan`] and [`Stack::apply`] to review the
//! plan first. In production its program and providers are WebAssembly components (crate
//! `kim-sandbox`) and its store is SQLite (crate `kim-state`); `docs/embedding.md` shows that. But
//! a port is a trait like any other:
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::{Arc, Mutex};
//!
//! use kim_engine::model::schema::{Kind, Plugin, Property, Type};
//! use kim_engine::model::{Declaration, Declarations, Failure, Value};
//! use kim_engine::ports::*;
//! use kim_engine::{Interrupt, Options, Stack};
//!
//! /// The embedder's own cloud: pages by their token.
//! struct Wiki {
//!     schema: Plugin,
//!     pages: Mutex<BTreeMap<String, Value>>,
//! }
//!
//! impl Wiki {
//!     fn new() -> Wiki {
//!         let title = Property { required: true, immutable: true, ..Property::new(Type::Text) };
//!         let text = Property { max: Some(1000.0), ..Property::new(Type::Text) };
//!         let page_id = Property { computed: true, ..Property::new(Type::Text) };
//!         let properties = [("title", title), ("text", text), ("page_id", page_id)];
//!         let page = Kind {
//!             name: "wiki:Page".into(),
//!             id: "page_id".into(),
//!             properties: properties.map(|(name, property)| (name.to_owned(), property)).into(),
//!             ..Kind::default()
//!         };
//!         let schema = Plugin { name: "wiki".into(), kinds: vec![page], ..Plugin::default() };
//!         Wiki { schema, pages: Mutex::default() }
//!     }
//!
//!     /// A page as it is now held.
//!     fn write(&self, id: &str, inputs: &Value) -> LiveState {
//!         let mut properties = inputs.clone();
//!         if let Value::Map(map) = &mut properties {
//!             map.insert("page_id".into(), id.into());
//!         }
//!         self.pages.lock().unwrap().insert(id.to_owned(), properties.clone());
//!         LiveState { id: id.to_owned(), properties }
//!     }
//!
//!     fn page(&self, id: &str) -> Option<LiveState> {
//!         let properties = self.pages.lock().unwrap().get(id)?.clone();
//!         Some(LiveState { id: id.to_owned(), properties })
//!     }
//! }
//!
//! #[async_trait]
//! impl Provider for Wiki {
//!     fn schema(&self) -> &Plugin {
//!         &self.schema
//!     }
//!     fn digest(&self) -> String {
//!         "wiki-1".into()
//!     }
//!     // The same token never makes a second page: it is the page's id.
//!     async fn create(&self, _: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
//!         Ok(self.write(token, inputs))
//!     }
//!     async fn find(
//!         &self,
//!         _: &str,
//!         token: &str,
//!         _: &Value,
//!     ) -> Result<Option<LiveState>, Failure> {
//!         Ok(self.page(token))
//!     }
//!     async fn read(&self, _: &str, pages: &[Live]) -> Result<Vec<Option<LiveState>>, Failure> {
//!         Ok(pages.iter().map(|page| self.page(&page.id)).collect())
//!     }
//!     async fn update(
//!         &self,
//!         _: &str,
//!         id: &str,
//!         inputs: &Value,
//!         _: &Value,
//!     ) -> Result<Progress, Failure> {
//!         Ok(Progress::Done(self.write(id, inputs)))
//!     }
//!     async fn delete(&self, _: &str, id: &str, _: &Value) -> Result<Deletion, Failure> {
//!         self.pages.lock().unwrap().remove(id);
//!         Ok(Deletion::Gone)
//!     }
//! }
//!
//! /// The embedder's own program: a page for each title in the settings.
//! struct Pages;
//!
//! #[async_trait]
//! impl Program for Pages {
//!     async fn run(&self, context: RunContext) -> Result<Ran, ProgramError> {
//!         let Some(Value::List(titles)) = context.settings.get("titles") else {
//!             return Err(ProgramError::new("the settings have no list 'titles'"));
//!         };
//!         let mut declarations = Declarations::default();
//!         for title in titles.iter().filter_map(Value::as_text) {
//!             let text = Value::secret("to be written".into());
//!             let inputs = [("title", title.into()), ("text", text)];
//!             let page = Declaration::new("wiki:Page", title, inputs.into_iter().collect());
//!             let page = declarations.register(page);
//!             declarations.exports.insert(title.to_owned(), page.into());
//!         }
//!         Ok(Ran::without_closures(declarations))
//!     }
//!     fn digest(&self) -> String {
//!         "pages-1".into()
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), kim_engine::Error> {
//! let settings = |titles: &[&str]| [("titles", titles.to_vec())].into_iter().collect();
//! let wiki = Arc::new(Wiki::new());
//! let stack = Stack::new("handbook", "dev")
//!     .with_program(Arc::new(Pages))
//!     .with_provider(wiki.clone())
//!     .with_settings(settings(&["Home", "Rules"]))
//!     .open()
//!     .await?;
//!
//! let preview = stack.preview(&Options::default(), Interrupt::default()).await?;
//! assert_eq!(preview.summary().changes["create"], 2);
//! assert!(wiki.pages.lock().unwrap().is_empty());
//!
//! stack.up(&Options::default(), Arc::new(()), Interrupt::default()).await?;
//! assert_eq!(wiki.pages.lock().unwrap().len(), 2);
//! let outputs = stack.outputs().await?;
//! assert!(format!("{outputs:?}").contains(r#""text": [secret]"#));
//!
//! // The same store, other settings: one page goes.
//! let stack = stack.with_settings(settings(&["Home"]));
//! let summary = stack.up(&Options::default(), Arc::new(()), Interrupt::default()).await?;
//! assert_eq!((summary.changes["delete"], summary.changes["same"]), (1, 1));
//! # Ok(())
//! # }
//! ```
//!
//! Invariants: deciding (`desired`, `schema`, `decide`) is pure and synchronous; doing (`cloud`,
//! `prepare`, `apply`) is async and decides nothing; a module uses only those before it in the
//! order that `ARCHITECTURE.md` lists. The engine knows no wasmtime, no SQL, no terminal and no
//! AWS: it has the three ports of [`ports`] and a stream of [`event`]s.

// The words, and what a stack is.
mod clock;
pub mod costs;
mod error;
pub mod event;
pub mod gate;
mod interrupt;
mod options;
pub mod plan;
pub mod ports;
mod providers;
mod schema;
mod stack;
pub mod state;
mod watch;

// The stages.
mod apply;
mod cloud;
mod decide;
mod desired;
mod prepare;
mod resolve;

// The operations on a stack; they use all the others.
mod operations;
mod taint;

// For implementations of the ports.
#[cfg(feature = "testing")]
pub mod testing;

pub use error::{Error, LiveError, Mismatch, Selects, Unmatched};
pub use gate::Gate;
pub use interrupt::Interrupt;
pub use kim_model as model;
pub use operations::Prepared;
pub use options::Options;
pub use ports::memory::MemoryStore;
pub use providers::{NotOffered, OfferedTwice};
pub use schema::conform as shape;
pub use schema::suggest;
pub use stack::Stack;
