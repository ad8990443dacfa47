//! Finding and loading `libonnxruntime.so`.

use super::RuntimeError;
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

/// The library to use: `wanted` if it is not empty, else the first there is of `ORT_DYLIB_PATH`, the folder of the
/// executable, its `../lib/fieldcoach`, and the system's library folders.
pub fn find(wanted: &Path) -> Result<PathBuf, RuntimeError> {
    if !wanted.as_os_str().is_empty() {
        return if wanted.is_file() {
            Ok(wanted.to_owned())
        } else {
            Err(RuntimeError::Library(format!("onnxruntime.library: there is no file {}", wanted.display())))
        };
    }
    let places = usual_places();
    places.iter().find(|p| p.is_file()).cloned().ok_or_else(|| {
        let list: Vec<_> = places.iter().map(|p| p.display().to_string()).collect();
        RuntimeError::Library(format!(
            "no ONNX Runtime found; looked for {}. Run `make build`, or set onnxruntime.library to its path",
            list.join(", ")
        ))
    })
}

fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    places.extend(std::env::var_os("ORT_DYLIB_PATH").filter(|p| !p.is_empty()).map(PathBuf::from));
    if let Some(folder) = std::env::current_exe().ok().as_deref().and_then(Path::parent) {
        places.push(folder.join(NAME));
        places.push(folder.join("../lib/fieldcoach").join(NAME));
        // `target/release/fieldcoach` in a checkout, where `make build` put the library.
        places.push(folder.join("../../.deps/onnxruntime").join(NAME));
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
            Err(RuntimeError::Library(format!(
                "this process has loaded {} already and can't load {}",
                loaded.path.display(),
                path.display()
            )))
        };
    }
    let refuse = |why: String| RuntimeError::Library(format!("{} can't be used: {why}", path.display()));
    let version = ort::util::probe(&path).map_or_else(|| "?".to_owned(), |minor| format!("1.{minor}"));
    // The reason of a failed dlopen shows only in the error's debug form.
    let builder = ort::init_from(&path).map_err(|e| refuse(format!("{e} ({e:?})")))?;
    let environment =
        builder.with_name("fieldcoach").with_telemetry(false).build().map_err(|e| refuse(e.to_string()))?;
    Ok(LOADED.get_or_init(|| Loaded { path, version, environment }))
}
