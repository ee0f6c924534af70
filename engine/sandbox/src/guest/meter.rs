//! What a guest has used of its limits.
//!
//! Invariant: a denied request for memory is remembered, because whatever error follows is its
//! consequence.

use kim_model::bounds::{self, SMALL_OPERATION};
use wasmtime::{ResourceLimiterAsync, UpdateDeadline};

use super::limits::{Limits, MAX_TABLE_ENTRIES, TABLE_ENTRY, TICK};
use super::room::Room;
use super::stop::Stopped;

/// What one instance of a guest has used.
pub(crate) struct Meter {
    limits: Limits,
    /// The memory of all its linear memories and tables, in bytes.
    memory: usize,
    /// How many [`TICK`]s the current call has computed.
    ticks: u64,
    /// True if it was denied memory. Whatever error follows is the consequence.
    pub(crate) out_of_memory: bool,
    /// The room that it needs if it gets large; `None` if it needs none.
    room: Option<Room>,
}

impl Meter {
    pub(crate) fn new(limits: &Limits, room: Option<Room>) -> Meter {
        Meter { limits: limits.clone(), memory: 0, ticks: 0, out_of_memory: false, room }
    }

    /// Returns the limit of memory, in bytes, if memory was denied.
    pub(crate) fn memory_refused(&self) -> Option<usize> {
        self.out_of_memory.then_some(self.limits.memory)
    }

    /// Counts a [`TICK`] of computing, and lets other tasks run.
    ///
    /// # Errors
    /// The guest's computing time is exhausted.
    pub(super) fn tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        self.ticks += 1;
        if TICK * u32::try_from(self.ticks).unwrap_or(u32::MAX) > self.limits.computing {
            return Err(Stopped::Computing(self.limits.computing).into());
        }
        Ok(UpdateDeadline::Yield(1))
    }

    /// Counts memory that is about to be used, in bytes.
    ///
    /// Returns false if too little is left.
    async fn grow(&mut self, bytes: usize) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(bytes);
        if total > self.limits.memory {
            self.out_of_memory = true;
            return Ok(false);
        }
        if let Some(room) =
            self.room.as_ref().filter(|_| SMALL_OPERATION.is_exceeded_by(total as u64))
        {
            room.grow().await.map_err(Stopped::Interrupted)?;
        }
        self.memory = total;
        Ok(true)
    }

    /// Restarts the count of computing time, for another call.
    pub(super) fn restart_clock(&mut self) {
        self.ticks = 0;
    }
}

#[async_trait::async_trait]
impl ResourceLimiterAsync for Meter {
    async fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current)).await
    }

    async fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let entries = desired.saturating_sub(current);
        Ok(desired <= MAX_TABLE_ENTRIES && self.grow(entries.saturating_mul(TABLE_ENTRY)).await?)
    }

    fn instances(&self) -> usize {
        bounds::INSTANCES.most()
    }

    fn memories(&self) -> usize {
        bounds::MEMORIES.most()
    }

    fn tables(&self) -> usize {
        bounds::TABLES.most()
    }
}
