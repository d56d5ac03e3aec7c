// A controller as operators write them with controller-runtime, and a client that checks what comes
// of it: manager, leader election, informers on built-in and custom kinds, event recorder, typed
// writes (in protobuf), patches, server-side apply. The cluster comes from KUBECONFIG; it must have
// the widgets of the contract suite. Ends with `ok`, or with what did not come true.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	namespace = "default"
	election  = "controller-runtime-probe"
	patience  = 30 * time.Second
)

func main() {
	logf.SetLogger(zap.New(zap.UseDevMode(true)))
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "failed:", err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

func run() error {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return err
	}
	addToScheme(scheme)
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                  scheme,
		Metrics:                 metricsserver.Options{BindAddress: "0"},
		LeaderElection:          true,
		LeaderElectionID:        election,
		LeaderElectionNamespace: namespace,
		// The lease is given back at the end, which is one more thing to see.
		LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		return err
	}
	reconciler := &reconciler{manager.GetClient(), manager.GetEventRecorder("probe")}
	err = ctrl.NewControllerManagedBy(manager).For(&Widget{}).Owns(&corev1.ConfigMap{}).
		Complete(reconciler)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		cancel()
		return err
	}
	err = check(ctx, manager, direct)
	cancel()
	return errors.Join(err, <-ended)
}

func check(ctx context.Context, manager ctrl.Manager, direct client.Client) error {
	select {
	case <-manager.Elected():
	case <-time.After(patience):
		return errors.New("not elected")
	}
	if !manager.GetCache().WaitForCacheSync(ctx) {
		return errors.New("the caches never synced")
	}
	var lease coordinationv1.Lease
	if err := direct.Get(ctx, client.ObjectKey{Namespace: namespace, Name: election}, &lease); err != nil {
		return err
	}
	for _, step := range []func(context.Context, client.Client, client.Client) error{
		reconciled, written, patched, applied, deleted,
	} {
		if err := step(ctx, direct, manager.GetClient()); err != nil {
			return err
		}
	}
	return nil
}

// eventually waits until the condition holds.
func eventually(ctx context.Context, what string, condition func() (bool, error)) error {
	err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, patience, true,
		func(context.Context) (bool, error) { return condition() })
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: namespace, Name: name}
}

func reconciled(ctx context.Context, direct, cached client.Client) error {
	widget := &Widget{ObjectMeta: metav1.ObjectMeta{Name: "probe", Namespace: namespace}}
	widget.Spec.Cores = 4
	if err := direct.Create(ctx, widget); err != nil {
		return err
	}
	err := eventually(ctx, "the widget becomes ready, in the cache", func() (bool, error) {
		var seen Widget
		err := cached.Get(ctx, key("probe"), &seen)
		return seen.Status.Phase == "Ready", client.IgnoreNotFound(err)
	})
	if err != nil {
		return err
	}
	var owned corev1.ConfigMap
	if err := direct.Get(ctx, key("probe"), &owned); err != nil {
		return err
	}
	if owned.Data["cores"] != "4" || !metav1.IsControlledBy(&owned, widget) {
		return fmt.Errorf("not the widget's own configmap: %v", owned)
	}
	return eventually(ctx, "the event is there", func() (bool, error) {
		var list eventsv1.EventList
		err := direct.List(ctx, &list, client.InNamespace(namespace))
		for _, event := range list.Items {
			if event.Reason == "Ready" && event.Regarding.Name == "probe" {
				return true, nil
			}
		}
		return false, err
	})
}

// written uses the typed client, which speaks protobuf.
func written(ctx context.Context, direct, _ client.Client) error {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: "probe-", Namespace: namespace, Labels: map[string]string{"probe": "yes"},
		},
		StringData: map[string]string{"word": "hush"},
		Type:       corev1.SecretTypeOpaque,
	}
	if err := direct.Create(ctx, secret); err != nil {
		return err
	}
	if string(secret.Data["word"]) != "hush" || secret.ResourceVersion == "" {
		return fmt.Errorf("not what was created: %v", secret)
	}
	stale := secret.DeepCopy()
	secret.Data["more"] = []byte{0, 1, 255}
	if err := direct.Update(ctx, secret); err != nil {
		return err
	}
	stale.Labels["late"] = "yes"
	if err := direct.Update(ctx, stale); !apierrors.IsConflict(err) {
		return fmt.Errorf("a stale update: %w", err)
	}
	var read corev1.Secret
	if err := direct.Get(ctx, client.ObjectKeyFromObject(secret), &read); err != nil {
		return err
	}
	if string(read.Data["more"]) != "\x00\x01\xff" {
		return fmt.Errorf("other bytes: %v", read.Data)
	}
	uid := read.UID
	if err := direct.Delete(ctx, &read, client.Preconditions{UID: &uid}); err != nil {
		return err
	}
	return direct.DeleteAllOf(ctx, &corev1.Secret{}, client.InNamespace(namespace),
		client.MatchingLabels{"probe": "yes"})
}

func patched(ctx context.Context, direct, _ client.Client) error {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "probe", Namespace: namespace}}
	if err := direct.Create(ctx, account); err != nil {
		return err
	}
	before := account.DeepCopy()
	account.Secrets = []corev1.ObjectReference{{Name: "a"}, {Name: "b"}}
	if err := direct.Patch(ctx, account, client.StrategicMergeFrom(before)); err != nil {
		return err
	}
	before = account.DeepCopy()
	account.Labels = map[string]string{"patched": "yes"}
	if err := direct.Patch(ctx, account, client.MergeFromWithOptions(before,
		client.MergeFromWithOptimisticLock{})); err != nil {
		return err
	}
	if len(account.Secrets) != 2 || account.Labels["patched"] != "yes" {
		return fmt.Errorf("not what was patched: %v", account)
	}
	return direct.Delete(ctx, account)
}

func applied(ctx context.Context, direct, _ client.Client) error {
	configmap := applycorev1.ConfigMap("applied", namespace).
		WithData(map[string]string{"a": "1", "b": "1"})
	if err := direct.Apply(ctx, configmap, client.FieldOwner("one")); err != nil {
		return err
	}
	other := applycorev1.ConfigMap("applied", namespace).WithData(map[string]string{"a": "2"})
	if err := direct.Apply(ctx, other, client.FieldOwner("two")); !apierrors.IsConflict(err) {
		return fmt.Errorf("a field of another: %w", err)
	}
	if err := direct.Apply(ctx, other, client.FieldOwner("two"), client.ForceOwnership); err != nil {
		return err
	}
	less := applycorev1.ConfigMap("applied", namespace)
	if err := direct.Apply(ctx, less, client.FieldOwner("one")); err != nil {
		return err
	}
	var read corev1.ConfigMap
	if err := direct.Get(ctx, key("applied"), &read); err != nil {
		return err
	}
	if len(read.Data) != 1 || read.Data["a"] != "2" {
		return fmt.Errorf("not what is left of two owners: %v", read.Data)
	}
	return direct.Delete(ctx, &read)
}

func deleted(ctx context.Context, direct, cached client.Client) error {
	widget := &Widget{ObjectMeta: metav1.ObjectMeta{Name: "probe", Namespace: namespace}}
	if err := direct.Delete(ctx, widget); err != nil {
		return err
	}
	err := eventually(ctx, "the widget is gone, in the cache", func() (bool, error) {
		err := cached.Get(ctx, key("probe"), &Widget{})
		return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
	})
	if err != nil {
		return err
	}
	return eventually(ctx, "its configmap follows", func() (bool, error) {
		err := direct.Get(ctx, key("probe"), &corev1.ConfigMap{})
		return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
	})
}
