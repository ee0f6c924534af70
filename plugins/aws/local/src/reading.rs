//! What reading actions share: pages and the delay of new resources.
//!
//! Readers see a new resource after that delay.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::node::Node;
use crate::params::Params;
use crate::service::Call;
use crate::world::Resource;

/// Returns a resource, unless it is too new to be visible.
///
/// Readers and other services do not see such a resource yet.
pub(crate) fn seen<R: Resource>(call: &Call, region: &str, id: &str) -> Option<Arc<R>> {
    let created = call.world.created::<R>(region, id)?;
    let visible = call.settings.consistency_delay == 0
        || created + call.settings.consistency_delay <= call.now();
    call.world.get(region, id).filter(|_| visible)
}

/// Returns all resources of a kind that readers see, by id.
pub(crate) fn seen_all<R: Resource>(call: &Call, region: &str) -> Vec<Arc<R>> {
    call.world
        .list::<R>(region)
        .into_iter()
        .filter_map(|row| seen(call, region, row.id()))
        .collect()
}

/// The error for a marker that the same request did not get before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ForeignMarker;

/// One page of a list, and the marker of the next one.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) items: Vec<Node>,
    pub(crate) next: Option<String>,
}

impl Page {
    /// Cuts a page of at most `size` out of keyed items.
    ///
    /// A marker holds the last key of the page before. It belongs to the request that it continues,
    /// whose parameters but `paging` must be the same.
    /// Only what is on the page is shown.
    pub(crate) fn cut<T>(
        call: &Call,
        mut items: Vec<(String, T)>,
        size: usize,
        paging: &[&str],
        show: impl Fn(T) -> Node,
    ) -> Result<Page, ForeignMarker> {
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        let digest = marker_digest(call.params(), &call.request.action, paging);
        if let Some(marker) = call.params().text("Marker") {
            let after = read_marker(marker, &digest).ok_or(ForeignMarker)?;
            items.retain(|(key, _)| *key > after);
        }
        let size = size.clamp(1, call.settings.page_size_limit);
        let more = items.len() > size;
        items.truncate(size);
        let last = items.last().map(|(key, _)| URL_SAFE_NO_PAD.encode(format!("{digest}:{key}")));
        let shown = items.into_iter().map(|(_, item)| {
            call.count_shown();
            show(item)
        });
        Ok(Page { next: last.filter(|_| more), items: shown.collect() })
    }
}

fn marker_digest(params: &Params, action: &str, paging: &[&str]) -> String {
    let digest = Sha256::digest(format!("{action}\n{}", params.fingerprint(paging)));
    digest[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_marker(marker: &str, digest: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?;
    Some(text.strip_prefix(digest)?.strip_prefix(':')?.to_owned())
}
