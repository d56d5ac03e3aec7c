package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const finalizer = "probe.dev/reconciler"

// reconciler keeps a ConfigMap for each Widget, as operators do: finalizer, owned object, event,
// status.
type reconciler struct {
	client.Client
	events events.EventRecorder
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var widget Widget
	if err := r.Get(ctx, request.NamespacedName, &widget); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !widget.DeletionTimestamp.IsZero() {
		before := widget.DeepCopyObject().(*Widget)
		controllerutil.RemoveFinalizer(&widget, finalizer)
		return ctrl.Result{}, client.IgnoreNotFound(r.Patch(ctx, &widget, client.MergeFrom(before)))
	}
	if controllerutil.AddFinalizer(&widget, finalizer) {
		// Its own event brings it back.
		return ctrl.Result{}, r.Update(ctx, &widget)
	}
	owned := corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: widget.Name, Namespace: widget.Namespace},
		Data:       map[string]string{"cores": fmt.Sprint(widget.Spec.Cores)},
	}
	if err := controllerutil.SetControllerReference(&widget, &owned, r.Scheme()); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.Create(ctx, &owned); err != nil && !apierrors.IsAlreadyExists(err) {
		return ctrl.Result{}, err
	}
	if widget.Status.Phase == "Ready" {
		return ctrl.Result{}, nil
	}
	r.events.Eventf(&widget, nil, corev1.EventTypeNormal, "Ready", "Reconcile", "widget %s is ready",
		widget.Name)
	before := widget.DeepCopyObject().(*Widget)
	widget.Status.Phase = "Ready"
	return ctrl.Result{}, r.Status().Patch(ctx, &widget, client.MergeFrom(before))
}
