//! A VFS of SQLite on top of its default one, which reports what changes to a [`Memory`] first.
//!
//! Reads, locks and shared memory are the default VFS's. A sync is the memory's alone: the real
//! files are the cache of a machine whose disk is the memory.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use crate::files::NameChange;
use crate::testing::memory::{Memory, Refusal};

/// A VFS that is registered with SQLite until it is dropped.
pub(crate) struct Registered {
    name: String,
    vfs: *mut sqlite3_vfs,
}

/// What a VFS needs: `pAppData`.
struct Shim {
    below: *mut sqlite3_vfs,
    memory: Arc<Mutex<Memory>>,
}

/// An open file: this, followed by the file of the VFS below.
#[repr(C)]
struct ShimFile {
    base: sqlite3_file,
    /// From `Box::into_raw` in `open`, until `close`.
    open: *mut Open,
}

/// What is known of an open file.
struct Open {
    memory: Arc<Mutex<Memory>>,
    /// Its number; `None` for a temporary file, which no disk has to keep.
    node: Option<usize>,
    /// The folder that its first sync makes durable too.
    ///
    /// `unixSync` does so for new journals.
    new_in: Option<PathBuf>,
}

// SAFETY: SQLite uses a registered VFS from any thread. The structure itself is not changed after
// its registration, except by SQLite under its own mutex; the memory has a mutex.
unsafe impl Send for Registered {}
// SAFETY: as above; a shared reference gives access to the name alone.
unsafe impl Sync for Registered {}

impl Registered {
    /// Registers a VFS on top of the default one.
    pub(crate) fn new(memory: Arc<Mutex<Memory>>) -> io::Result<Registered> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("kim-disk-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        // SAFETY: SQLite initialises itself; null asks for the default VFS, which lives on.
        let below = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
        if below.is_null() {
            return Err(io::Error::other("SQLite has no default VFS"));
        }
        let shim = Box::into_raw(Box::new(Shim { below, memory }));
        let c_name = CString::new(name.clone()).map_err(io::Error::other)?.into_raw();
        // SAFETY: `below` is a valid VFS, see above.
        let (file_size, longest_path) = unsafe { ((*below).szOsFile, (*below).mxPathname) };
        let vfs = Box::into_raw(Box::new(sqlite3_vfs {
            // Without `xSetSystemCall`.
            iVersion: 2,
            szOsFile: file_size + size_of::<ShimFile>() as c_int,
            mxPathname: longest_path,
            pNext: std::ptr::null_mut(),
            zName: c_name,
            pAppData: shim.cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_path_name),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: Some(current_time_int64),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        }));
        // SAFETY: the structure is complete, and is never freed.
        match unsafe { ffi::sqlite3_vfs_register(vfs, 0) } {
            ffi::SQLITE_OK => Ok(Registered { name, vfs }),
            code => Err(io::Error::other(format!("SQLite registers no VFS: {code}"))),
        }
    }

    /// Returns the name to open a connection with.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // The structure is not freed: a connection may still use it. It is small, and a test ends.
        // SAFETY: it was registered in `new`.
        unsafe { ffi::sqlite3_vfs_unregister(self.vfs) };
    }
}

/// Returns what a VFS of this module needs.
///
/// # Safety
/// `vfs` is one that `Registered::new` made.
unsafe fn shim<'a>(vfs: *mut sqlite3_vfs) -> &'a Shim {
    // SAFETY: `pAppData` is set by `Registered::new` and never freed.
    unsafe { &*(*vfs).pAppData.cast::<Shim>() }
}

fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the path of a C string, or `None` for a temporary file.
///
/// # Safety
/// `name` is null or a valid C string.
unsafe fn path_of(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    Some(PathBuf::from(name.to_string_lossy().into_owned()))
}

/// Returns the result code for a refusal; `io` is the one of a failing disk.
fn code(outcome: Result<(), Refusal>, io: c_int) -> c_int {
    match outcome {
        Ok(()) => ffi::SQLITE_OK,
        Err(Refusal::Full) => ffi::SQLITE_FULL,
        Err(Refusal::Off | Refusal::Io) => io,
    }
}

/// Returns the file of the VFS below.
///
/// # Safety
/// `file` has `szOsFile` bytes, as SQLite allocates them.
unsafe fn below(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: the file below follows ours; both sizes are multiples of the alignment.
    unsafe { file.cast::<u8>().add(size_of::<ShimFile>()).cast() }
}

/// Returns what is known of an open file.
///
/// # Safety
/// `file` was opened by `open` and not closed since. SQLite uses a file from one thread at a time.
unsafe fn known<'a>(file: *mut sqlite3_file) -> &'a mut Open {
    // SAFETY: `open` set the pointer, and `close` alone frees it.
    unsafe { &mut *(*file.cast::<ShimFile>()).open }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes our VFS, a valid name or null, and room for a file.
    unsafe {
        (*file).pMethods = std::ptr::null();
        let shim = shim(vfs);
        let (mut node, mut new_in) = (None, None);
        if let Some(path) = path_of(name) {
            let mut memory = lock(&shim.memory);
            let exists = memory.exists(&path);
            if !exists && flags & ffi::SQLITE_OPEN_CREATE == 0 {
                return ffi::SQLITE_CANTOPEN;
            }
            match memory.open(&path) {
                Ok(number) => node = Some(number),
                Err(refusal) => return code(Err(refusal), ffi::SQLITE_CANTOPEN),
            }
            let journals = ffi::SQLITE_OPEN_MAIN_JOURNAL
                | ffi::SQLITE_OPEN_SUPER_JOURNAL
                | ffi::SQLITE_OPEN_WAL;
            // `unixOpen` remembers it for each journal that may be created, new or not.
            if flags & journals != 0 && flags & ffi::SQLITE_OPEN_CREATE != 0 {
                new_in = path.parent().map(Into::into);
            }
        }
        let Some(call) = (*shim.below).xOpen else { return ffi::SQLITE_CANTOPEN };
        let file_below = below(file);
        let opened = call(shim.below, name, file_below, flags, out_flags);
        if opened != ffi::SQLITE_OK {
            if !(*file_below).pMethods.is_null()
                && let Some(close) = (*(*file_below).pMethods).xClose
            {
                close(file_below);
            }
            return opened;
        }
        let known = Open { memory: Arc::clone(&shim.memory), node, new_in };
        (*file.cast::<ShimFile>()).open = Box::into_raw(Box::new(known));
        (*file).pMethods = &raw const METHODS;
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: SQLite passes our VFS and a valid name.
    unsafe {
        let shim = shim(vfs);
        if let Some(path) = path_of(name) {
            let mut memory = lock(&shim.memory);
            if !memory.exists(&path) {
                return ffi::SQLITE_IOERR_DELETE_NOENT;
            }
            let removed = memory.change_names(&NameChange::Remove(&path));
            if removed.is_err() {
                return code(removed, ffi::SQLITE_IOERR_DELETE);
            }
            if sync & 1 != 0
                && let Some(folder) = path.parent()
            {
                let synced = memory.sync_names(folder);
                if synced.is_err() {
                    return code(synced, ffi::SQLITE_IOERR_DIR_FSYNC);
                }
            }
        }
        (*shim.below).xDelete.map_or(ffi::SQLITE_IOERR_DELETE, |call| call(shim.below, name, 0))
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes each file that `open` opened once; the box is from `open`.
    unsafe {
        drop(Box::from_raw((*file.cast::<ShimFile>()).open));
        let below = below(file);
        (*(*below).pMethods).xClose.map_or(ffi::SQLITE_OK, |call| call(below))
    }
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    into: *mut c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes a file that `open` opened, and room for so many bytes.
    unsafe {
        if lock(&known(file).memory).is_off {
            return ffi::SQLITE_IOERR_READ;
        }
        let below = below(file);
        let call = (*(*below).pMethods).xRead;
        call.map_or(ffi::SQLITE_IOERR_READ, |call| call(below, into, length, at))
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes a file that `open` opened, and so many bytes.
    unsafe {
        let known = known(file);
        if let Some(node) = known.node {
            let bytes =
                std::slice::from_raw_parts(from.cast::<u8>(), length.unsigned_abs() as usize);
            let written = lock(&known.memory).write(node, at.cast_unsigned(), bytes);
            if written.is_err() {
                return code(written, ffi::SQLITE_IOERR_WRITE);
            }
        }
        let below = below(file);
        let call = (*(*below).pMethods).xWrite;
        call.map_or(ffi::SQLITE_IOERR_WRITE, |call| call(below, from, length, at))
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes a file that `open` opened.
    unsafe {
        let known = known(file);
        if let Some(node) = known.node {
            let truncated = lock(&known.memory).truncate(node, size.cast_unsigned());
            if truncated.is_err() {
                return code(truncated, ffi::SQLITE_IOERR_TRUNCATE);
            }
        }
        let below = below(file);
        let call = (*(*below).pMethods).xTruncate;
        call.map_or(ffi::SQLITE_IOERR_TRUNCATE, |call| call(below, size))
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite passes a file that `open` opened.
    let known = unsafe { known(file) };
    let Some(node) = known.node else { return ffi::SQLITE_OK };
    let mut memory = lock(&known.memory);
    let synced = memory.sync(node);
    if synced.is_ok()
        && let Some(folder) = known.new_in.take()
    {
        memory.sync_names_blindly(&folder);
    }
    code(synced, ffi::SQLITE_IOERR_FSYNC)
}

/// Writes functions that pass a call on to the file below.
macro_rules! pass_on {
    ($($name:ident = $slot:ident($($argument:ident: $type:ty),*) or $missing:expr;)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) -> c_int {
            // SAFETY: SQLite passes a file that `open` opened, and arguments that suit the method.
            unsafe {
                let below = below(file);
                (*(*below).pMethods).$slot.map_or($missing, |call| call(below $(, $argument)*))
            }
        }
    )*};
}

pass_on! {
    file_size = xFileSize(size: *mut sqlite3_int64) or ffi::SQLITE_IOERR_FSTAT;
    take_lock = xLock(level: c_int) or ffi::SQLITE_IOERR_LOCK;
    unlock = xUnlock(level: c_int) or ffi::SQLITE_IOERR_UNLOCK;
    check_reserved_lock = xCheckReservedLock(out: *mut c_int) or ffi::SQLITE_IOERR_LOCK;
    file_control = xFileControl(what: c_int, argument: *mut c_void) or ffi::SQLITE_NOTFOUND;
    sector_size = xSectorSize() or 0;
    device_characteristics = xDeviceCharacteristics() or 0;
    shm_map = xShmMap(region: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) or ffi::SQLITE_IOERR_SHMMAP;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) or ffi::SQLITE_IOERR_SHMLOCK;
    shm_unmap = xShmUnmap(delete: c_int) or ffi::SQLITE_OK;
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: SQLite passes a file that `open` opened.
    unsafe {
        let below = below(file);
        if let Some(call) = (*(*below).pMethods).xShmBarrier {
            call(below);
        }
    }
}

/// Writes functions that pass a call on to the VFS below.
macro_rules! pass_on_to_vfs {
    ($($name:ident = $slot:ident($($argument:ident: $type:ty),*) or $missing:expr;)*) => {$(
        unsafe extern "C" fn $name(vfs: *mut sqlite3_vfs $(, $argument: $type)*) -> c_int {
            // SAFETY: SQLite passes our VFS, and arguments that suit the method.
            unsafe {
                let below = shim(vfs).below;
                (*below).$slot.map_or($missing, |call| call(below $(, $argument)*))
            }
        }
    )*};
}

pass_on_to_vfs! {
    access = xAccess(name: *const c_char, flags: c_int, out: *mut c_int) or ffi::SQLITE_IOERR_ACCESS;
    full_path_name = xFullPathname(name: *const c_char, length: c_int, out: *mut c_char) or ffi::SQLITE_CANTOPEN;
    randomness = xRandomness(length: c_int, out: *mut c_char) or 0;
    sleep = xSleep(micros: c_int) or 0;
    current_time = xCurrentTime(out: *mut f64) or ffi::SQLITE_ERROR;
    last_error = xGetLastError(length: c_int, out: *mut c_char) or 0;
    current_time_int64 = xCurrentTimeInt64(out: *mut sqlite3_int64) or ffi::SQLITE_ERROR;
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Without `xFetch`: a mapped file would be read past this VFS.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(take_lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
