//! The whole operator in a world in memory, under virtual time. What it decides is tested beside
//! `decide`; here it is how deciding, acting, watching and the client work together.

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use apiserver::Delivery;
use fake_aap::Config;
use kube::api::{Patch, PatchParams};
use operator::Settings;
use operator::api::{ComputeInstance, JobState, Phase, Provider, names};
use serde_json::json;
use world::{Fate, World};

fn is_running(instance: &ComputeInstance) -> bool {
    instance.status.as_ref().is_some_and(|status| {
        status.phase == Some(Phase::Running)
            && status.provision_job.as_ref().map(|job| job.state) == Some(JobState::Succeeded)
            && status.reconciled_config_version == status.desired_config_version
    })
}

async fn started(config: Config) -> World {
    let mut world = World::new(config).await;
    world.tenant_ready().await;
    world.start();
    world
}

#[tokio::test(start_paused = true)]
async fn an_instance_lives_and_dies() {
    let world = started(Config::default()).await;
    world.create_instance().await;
    world.until("running", is_running).await;
    let calls = world.calls.lock().unwrap().len();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(world.calls.lock().unwrap().len(), calls, "nothing is asked at rest");
    world.delete().await;
    world.until_gone().await;
    assert_eq!((world.launches("provision"), world.launches("deprovision")), (1, 1));
    assert_eq!(world.count("/cancel/"), 0);
    assert!(world.machines().get_opt("vm1").await.unwrap().is_none());
    // 176 s of one job and 109 s of the other, every 30 s.
    assert!(world.count("GET /api/controller/v2/jobs/") <= 12, "{:#?}", world.calls);
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_becomes_ready_wakes_its_instances() {
    let mut world = World::new(Config::default()).await;
    world.start();
    world.create_instance().await;
    tokio::time::sleep(Duration::from_secs(301)).await;
    assert_eq!(world.calls.lock().unwrap().len(), 0);
    world.tenant_ready().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.launches("provision"), 1);
}

#[tokio::test(start_paused = true)]
async fn conflicts_after_a_launch_lead_to_no_second_one() {
    for conflicts in [1, 5, 10, 30] {
        let world = started(Config::default()).await;
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        world.judge(move |call| {
            if call.ends_with("/launch/") {
                left.store(conflicts, Ordering::Relaxed);
            }
            let hit = call.starts_with("PUT") && call.ends_with("/status");
            let open = left.load(Ordering::Relaxed);
            if hit && open > 0 && open <= conflicts {
                left.store(open - 1, Ordering::Relaxed);
                return Fate::Refused(409);
            }
            Fate::Passes
        });
        world.create_instance().await;
        world.until("running", is_running).await;
        assert_eq!(world.launches("provision"), 1, "{conflicts} conflicts");
        world.delete().await;
        world.until_gone().await;
        assert_eq!(world.launches("deprovision"), 1, "{conflicts} conflicts");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_anywhere_leads_to_no_second_launch() {
    // The first request that matches is taken, and its answer hangs until the operator dies.
    for hung in ["/status", "/launch/", "/jobs/", "/computeinstances/vm1"] {
        for nth in 0..3 {
            let mut world = started(Config::default()).await;
            let seen = Arc::new(AtomicUsize::new(0));
            world.judge(move |call| {
                let hit = call.contains(hung) && !call.contains("watch");
                if hit && seen.fetch_add(1, Ordering::Relaxed) == nth {
                    return Fate::Hangs;
                }
                Fate::Passes
            });
            world.create_instance().await;
            tokio::time::sleep(Duration::from_secs(100)).await;
            world.crash().await;
            world.judge(|_| Fate::Passes);
            tokio::time::sleep(Duration::from_secs(5)).await;
            world.start();
            world.until("running", is_running).await;
            assert_eq!(world.launches("provision"), 1, "hung at {hung}, number {nth}");
            world.delete().await;
            world.until_gone().await;
            assert_eq!(world.launches("deprovision"), 1, "hung at {hung}, number {nth}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_made_up_for() {
    for lost in ["/status", "/launch/", "/jobs/", "computeinstances/vm1", "_templates/"] {
        let world = started(Config::default()).await;
        let seen = Arc::new(AtomicUsize::new(0));
        world.judge(move |call| {
            let hit = call.contains(lost) && seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(3);
            if hit { Fate::LosesAnswer } else { Fate::Passes }
        });
        world.create_instance().await;
        world.until("running", is_running).await;
        world.delete().await;
        world.until_gone().await;
        let launches = (world.launches("provision"), world.launches("deprovision"));
        assert_eq!(launches, (1, 1), "lost: {lost}");
    }
}

#[tokio::test(start_paused = true)]
async fn stale_caches_lead_to_no_second_launch() {
    for lag in [5, 40, 100] {
        let mut world = World::with_options(Config::default(), |options| {
            options.gate = Some(Arc::new(move |event| {
                let late = event.client == "operator" && event.plural == "computeinstances";
                if late { Delivery::After(Duration::from_secs(lag)) } else { Delivery::Now }
            }));
        })
        .await;
        world.tenant_ready().await;
        world.start();
        world.create_instance().await;
        for round in 0..20 {
            let patch = json!({"metadata": {"labels": {"round": round.to_string()}}});
            let params = PatchParams::default();
            world.instances().patch("vm1", &params, &Patch::Merge(patch)).await.unwrap();
            tokio::time::sleep(Duration::from_secs(7)).await;
        }
        world.until("running", is_running).await;
        world.delete().await;
        world.until_gone().await;
        let launches = (world.launches("provision"), world.launches("deprovision"));
        assert_eq!(launches, (1, 1), "{lag} s late");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_is_posted_and_its_end_seen_on_the_object() {
    let mut world = World::new(Config::default()).await;
    world.settings = Settings {
        provider: Provider::Eda,
        eda_create_url: "http://eda.test/create-compute-instance".into(),
        eda_delete_url: "http://eda.test/delete-compute-instance".into(),
        namespace: Some("ci".into()),
        ..Settings::default()
    };
    world.tenant_ready().await;
    world.start();
    world.create_instance().await;
    world
        .until("accepted", |instance| {
            instance.status.as_ref().is_some_and(|status| status.provision_job.is_some())
        })
        .await;
    let version = world.instance().await.unwrap().status.unwrap().desired_config_version.unwrap();
    let finalizers = json!([names::FINALIZER, names::PLAYBOOK_FINALIZER]);
    let patch = json!({"metadata": {"finalizers": finalizers,
        "annotations": {names::RECONCILED_ANNOTATION: version}}});
    let params = PatchParams::default();
    world.instances().patch("vm1", &params, &Patch::Merge(patch)).await.unwrap();
    world
        .until("reported", |instance| {
            let job = instance.status.as_ref().and_then(|status| status.provision_job.as_ref());
            job.is_some_and(|job| job.state == JobState::Succeeded)
        })
        .await;
    world.delete().await;
    world
        .until("delete webhook", |instance| {
            instance.status.as_ref().is_some_and(|status| status.deprovision_job.is_some())
        })
        .await;
    let patch = json!({"metadata": {"finalizers": [names::FINALIZER]}});
    world.instances().patch("vm1", &params, &Patch::Merge(patch)).await.unwrap();
    world.until_gone().await;
    let calls = world.calls.lock().unwrap().clone();
    assert_eq!(calls, ["POST /create-compute-instance", "POST /delete-compute-instance"]);
}

#[tokio::test(start_paused = true)]
async fn events_keep_their_distance() {
    let mut world = World::new(Config::default()).await;
    world.settings.provider = Provider::Eda;
    world.settings.eda_create_url = "http://eda.test/create-compute-instance".into();
    world.settings.minimum_request_interval = Duration::from_secs(60);
    world.tenant_ready().await;
    world.start();
    world.create_instance().await;
    let mut second = world.instance().await.unwrap();
    second.metadata = kube::api::ObjectMeta {
        name: Some("vm2".into()),
        annotations: second.metadata.annotations,
        ..Default::default()
    };
    second.status = None;
    world.instances().create(&Default::default(), &second).await.unwrap();
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert_eq!(world.count("create-compute-instance"), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.count("create-compute-instance"), 2);
}

#[tokio::test(start_paused = true)]
async fn the_tenant_controller_makes_tenants_ready() {
    let mut world = World::new(Config::default()).await;
    world.settings.tenant_controller = true;
    world.start();
    world.create_instance().await;
    world.until("running", is_running).await;
}

#[tokio::test(start_paused = true)]
async fn an_operator_that_is_told_to_stop_ends_what_it_does() {
    let mut world = World::new(Config::default()).await;
    world.tenant_ready().await;
    let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
    world.start_until(async {
        let _ = stopping.await;
    });
    world.create_instance().await;
    while world.instance().await.and_then(|instance| instance.status).is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(world.launches("provision"), 0, "the intent is written, the launch on its way");
    stop.send(()).unwrap();
    world.stopped().await.unwrap();
    let status = world.instance().await.unwrap().status.unwrap();
    assert!(status.provision_job.is_some(), "the job that was launched is stored");
}

#[tokio::test(start_paused = true)]
async fn an_operator_that_reaches_no_cluster_can_be_stopped_all_the_same() {
    let mut world = World::new(Config::default()).await;
    world.settings.tenant_controller = true;
    world.judge(|_| Fate::Refused(503));
    world.start_until(tokio::time::sleep(Duration::from_secs(60)));
    tokio::time::timeout(Duration::from_secs(61), world.stopped()).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_operator_whose_instances_wait_for_a_first_list_can_be_stopped_too() {
    let mut world = World::new(Config::default()).await;
    world.tenant_ready().await;
    world.create_instance().await;
    world.judge(
        |call| {
            if call.contains("virtualmachines") { Fate::Refused(503) } else { Fate::Passes }
        },
    );
    world.start_until(tokio::time::sleep(Duration::from_secs(60)));
    tokio::time::timeout(Duration::from_secs(61), world.stopped()).await.unwrap().unwrap();
    assert_eq!(world.calls.lock().unwrap().len(), 0, "a machine that is not known may be there");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_without_kubevirt_has_no_machines_to_wait_for() {
    let mut world = World::new(Config::default()).await;
    world.tenant_ready().await;
    world.judge(|call| if call.contains("kubevirt") { Fate::Refused(404) } else { Fate::Passes });
    world.start();
    world.create_instance().await;
    world
        .until("provisioned", |instance| {
            let job = instance.status.as_ref().and_then(|status| status.provision_job.as_ref());
            job.is_some_and(|job| job.state == JobState::Succeeded)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_none_ends_the_operator_at_once() {
    let mut world = World::new(Config::default()).await;
    world.settings.aap_url = "nowhere".into();
    world.start();
    assert!(world.stopped().await.is_err());
}
