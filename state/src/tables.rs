//! The tables of one stack: `load` reads them, `changes` writes them.

use rusqlite::Connection;

use crate::codec::Sealer;
use crate::stack_row::StackRow;
use crate::vault::Vault;

/// The tables of one stack, with the key that its secrets need.
pub(crate) struct Tables<'c> {
    pub(crate) conn: &'c Connection,
    pub(crate) stack: &'c StackRow,
    pub(crate) sealer: Sealer<'c>,
}

impl<'c> Tables<'c> {
    pub(crate) fn new(conn: &'c Connection, vault: &'c Vault, stack: &'c StackRow) -> Tables<'c> {
        Tables { conn, stack, sealer: Sealer::new(conn, vault, stack) }
    }
}
