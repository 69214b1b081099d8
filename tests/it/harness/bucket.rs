//! A store that speaks S3, over a folder and on a port of its own: its requests have to be signed by its key.

use std::path::PathBuf;

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Setup, TempDir};

const NAME: &str = "files";
const KEY: &str = "AKIDMILEPOST";

/// What only its clients know.
pub const SECRET: &str = "a-secret-of-the-bucket";

/// A running one, with one bucket.
pub struct Bucket {
    address: String,
    folder: TempDir,
    serving: JoinHandle<()>,
}

impl Bucket {
    /// Starts it.
    pub async fn start() -> Self {
        let folder = TempDir::new();
        std::fs::create_dir(folder.path().join(NAME)).expect("a bucket");
        let mut store = S3ServiceBuilder::new(FileSystem::new(folder.path()).expect("a store over a folder"));
        store.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let store = HandleError::new(store.build(), async |_| StatusCode::INTERNAL_SERVER_ERROR);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(async move {
            axum::serve(listener, Router::new().fallback_service(store)).await.expect("it is served");
        });
        Self { address, folder, serving }
    }

    /// A server whose files are in it, below a path.
    pub fn setup(&self, secret: &str) -> Setup {
        [
            ("MILEPOST_FILES__FOLDER", ""),
            ("MILEPOST_FILES__URL", &format!("s3://{NAME}/below/here")),
            ("MILEPOST_FILES__S3_ENDPOINT", &self.address),
            ("MILEPOST_FILES__S3_ACCESS_KEY_ID", KEY),
            ("MILEPOST_FILES__S3_SECRET_ACCESS_KEY", secret),
        ]
        .into_iter()
        .fold(super::Server::setup(), |setup, (name, value)| setup.setting(name, value))
    }

    /// Where objects of orders are.
    pub fn orders(&self) -> PathBuf {
        self.folder.path().join(NAME).join("below/here/orders")
    }

    /// What it keeps of uploads that are neither finished nor given up.
    pub fn unfinished(&self) -> Vec<String> {
        let all = std::fs::read_dir(self.folder.path()).expect("its folder").flatten();
        let names = all.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with(".upload")).collect()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
