//! Calls of what reaches the cloud: in the component they are made, natively there is no SDK, and
//! they say so.

/// Calls an async function that exists in the component alone.
macro_rules! in_cloud {
    ($($path:ident)::+ ($($argument:ident),*)) => {{
        #[cfg(target_arch = "wasm32")]
        let answer = $($path)::+($($argument),*).await;
        #[cfg(not(target_arch = "wasm32"))]
        let answer = {
            let _ = ($($argument),*);
            Err($crate::in_cloud::only_as_a_component())
        };
        answer
    }};
}
pub(crate) use in_cloud;

/// Returns what a call answers in a native build.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn only_as_a_component() -> kim_plugin::Failure {
    kim_plugin::Failure::Other(
        "this plugin reaches EC2 only as a component; build it for wasm32-wasip2".to_owned(),
    )
}
