//! Finding and loading `libonnxruntime.so`.

use super::error::RuntimeError;
use ort::environment::Environment;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

const NAME: &str = "libonnxruntime.so";

/// A loaded library.
pub struct Loaded {
    pub path: PathBuf,
    pub version: String,
    pub environment: Environment,
}

/// The library to use: `wanted` if one is, else the first there is of `ORT_DYLIB_PATH`, the folder of the executable, the
/// folders of `beside` (as seen from there), and the system's library folders.
///
/// Errors: [`RuntimeError::NoFile`], [`RuntimeError::NotFound`].
pub fn find(wanted: Option<&Path>, beside: &[&str]) -> Result<PathBuf, RuntimeError> {
    if let Some(wanted) = wanted {
        return if wanted.is_file() { Ok(wanted.to_owned()) } else { Err(RuntimeError::NoFile(wanted.to_owned())) };
    }
    let places = usual_places(beside);
    let found = places.iter().find(|p| p.is_file()).cloned();
    found.ok_or(RuntimeError::NotFound(places))
}

fn usual_places(beside: &[&str]) -> Vec<PathBuf> {
    let mut places = Vec::new();
    places.extend(std::env::var_os("ORT_DYLIB_PATH").filter(|p| !p.is_empty()).map(PathBuf::from));
    if let Some(folder) = std::env::current_exe().ok().as_deref().and_then(Path::parent) {
        places.push(folder.join(NAME));
        places.extend(beside.iter().map(|other| folder.join(other).join(NAME)));
    }
    let arch = if cfg!(target_arch = "aarch64") { "aarch64-linux-gnu" } else { "x86_64-linux-gnu" };
    for folder in ["/usr/local/lib".to_owned(), format!("/usr/lib/{arch}"), "/usr/lib".to_owned()] {
        places.push(Path::new(&folder).join(NAME));
    }
    places
}

/// Loads the library; later calls of the same process give the same one, and refuse another.
pub fn load(path: &Path) -> Result<&'static Loaded, RuntimeError> {
    static LOADED: OnceLock<Loaded> = OnceLock::new();
    static LOADING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = LOADING.lock().unwrap_or_else(|e| e.into_inner());
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if let Some(loaded) = LOADED.get() {
        return if loaded.path == path {
            Ok(loaded)
        } else {
            Err(RuntimeError::Loaded { loaded: loaded.path.clone(), wanted: path })
        };
    }
    let version = ort::util::probe(&path).map_or_else(|| "?".to_owned(), |minor| format!("1.{minor}"));
    let builder = ort::init_from(&path).map_err(|source| RuntimeError::Library { path: path.clone(), source })?;
    let builder = builder.with_name(env!("CARGO_PKG_NAME")).with_telemetry(false);
    let environment = builder.build().map_err(|source| RuntimeError::Environment { path: path.clone(), source })?;
    Ok(LOADED.get_or_init(|| Loaded { path, version, environment }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_taken_or_refused() {
        let here = std::env::current_exe().unwrap();
        assert_eq!(find(Some(&here), &[]).unwrap(), here);
        let nowhere = here.with_extension("nowhere");
        assert!(matches!(find(Some(&nowhere), &[]), Err(RuntimeError::NoFile(path)) if path == nowhere));
    }

    #[test]
    fn folders_beside_the_executable_come_before_the_system_s() {
        let places = usual_places(&["../lib/own"]);
        let at = |end: &str| places.iter().position(|p| p.ends_with(end)).unwrap();
        assert!(at("../lib/own/libonnxruntime.so") < at("usr/local/lib/libonnxruntime.so"), "{places:?}");
    }
}
