# What there is to do here. Each step is a small script that also runs on its own.

# The ONNX Runtime that was fetched, and the Python that checks our figures; what is set already wins.
export ORT_DYLIB_PATH ?= $(CURDIR)/.deps/onnxruntime/libonnxruntime.so
export FIELDCOACH_PYTHON ?= $(CURDIR)/.deps/venv/bin/python

.PHONY: help run build test harm fuzz streams soak siege pace memory hand films screenshots test-v4l2 test-guest cross deb deb-arm64 clean-deps
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build, then the demo: a generated scene, one training, the page on http://127.0.0.1:8080
	target/release/fieldcoach demo

build: ## fetch ONNX Runtime, libclang and Node.js if need be, build the page and the program in release
	scripts/build-deps
	cargo build --release --locked

test: ## install what the tests need, run them all
	scripts/build-deps
	scripts/test-deps
	scripts/test

harm: ## long harm: to the disk (FIELDCOACH_HARM_CASES, 400; root for a real file system), to parts, with a broker that comes and goes
	scripts/build-deps
	scripts/test-deps
	FIELDCOACH_HARM_CASES=$${FIELDCOACH_HARM_CASES:-400} cargo test --locked --test store harm
	FIELDCOACH_HARM_CASES=$${FIELDCOACH_HARM_CASES:-400} cargo test --locked --test power_cuts -- --nocapture
	FIELDCOACH_HARM_KILLS=$${FIELDCOACH_HARM_KILLS:-500} cargo test --locked --test kills -- --nocapture
	cargo test --locked --test memory -- --ignored
	FIELDCOACH_HARM_MESSAGES=$${FIELDCOACH_HARM_MESSAGES:-100000} FIELDCOACH_HARM_RESTARTS=$${FIELDCOACH_HARM_RESTARTS:-60} \
		cargo test --locked --test outbox -- --test-threads 1 --nocapture
	FIELDCOACH_HARM_PARTS=all cargo test --locked --test parts -- --nocapture
	FIELDCOACH_HARM_POOL=$${FIELDCOACH_HARM_POOL:-40} cargo test --locked --test pool -- --nocapture

fuzz: ## data sets and pictures damaged at random, ten thousand of each form (FIELDCOACH_FUZZ_CASES, 10000; FIELDCOACH_FUZZ_SEED, 1)
	scripts/build-deps
	scripts/test-deps
	FIELDCOACH_FUZZ_CASES=$${FIELDCOACH_FUZZ_CASES:-10000} cargo test --locked --test damage -- --nocapture

streams: ## a network camera with an outage every minute for an hour (FIELDCOACH_STREAM_MINUTES, 60)
	scripts/build-deps
	scripts/test-deps
	FIELDCOACH_STREAM_MINUTES=$${FIELDCOACH_STREAM_MINUTES:-60} cargo test --locked --test streams outage -- --nocapture

soak: build ## work for two hours as in the field, and do not grow (FIELDCOACH_SOAK_MINUTES, 120)
	scripts/soak target/release/fieldcoach

siege: build ## besiege a daemon over its network door: made-up requests, TLS, slow connections (FIELDCOACH_SIEGE_SECONDS, 120)
	scripts/siege target/release/fieldcoach

pace: build ## how quick and how small the daemon is here: opening, memory, processor, labels (FIELDCOACH_PACE_FRAMES, 1000000)
	scripts/pace target/release/fieldcoach

memory: build ## the most memory that a default training takes (FIELDCOACH_MEMORY_FRAMES, "60 600 6000")
	scripts/memory target/release/fieldcoach

hand: build ## how fast a scripted hand labels on the page, and what it has to be (a quarter of an hour)
	scripts/test-deps
	scripts/hand target/release/fieldcoach

films: build ## films of a minute labelled on the page by a scripted hand, with a dozen touches each (some minutes)
	scripts/test-deps
	scripts/films target/release/fieldcoach

screenshots: build ## pictures of every view of the page, in target/screenshots
	scripts/test-deps
	scripts/screenshots target/release/fieldcoach target/screenshots

test-v4l2: ## the camera service against virtual cameras in QEMU, pulled and worse; needs root
	scripts/test-v4l2

test-guest: deb ## power cuts of a virtual machine with the Debian package; needs root
	scripts/test-guest

cross: ## the arm64 program (target/aarch64-unknown-linux-gnu/release/fieldcoach) and its smoke test; needs root
	cross/build
	cross/smoke

deb: build ## the Debian package of this machine, in target/debian
	scripts/deb

deb-arm64: build cross ## the same for arm64; needs root
	scripts/deb arm64

clean-deps: ## remove everything that was fetched (.deps)
	rm -rf .deps
