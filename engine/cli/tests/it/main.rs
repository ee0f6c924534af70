//! The command line without a component: flags and help, projects, settings, and what is shown.

mod binary;
mod config;
mod config_file;
mod consents;
mod costs;
mod environment;
mod flags;
mod folders;
mod hints;
mod new;
mod plans;
mod plugin_schema;
mod plugins;
mod progress;
mod project;
mod reference;
mod stack;
mod taint;
mod up;
