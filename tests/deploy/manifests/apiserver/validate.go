package main

import (
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	podoptions "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/apps"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	autoscalingvalidation "k8s.io/kubernetes/pkg/apis/autoscaling/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	"k8s.io/kubernetes/pkg/apis/policy"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
)

// What the API server finds wrong with an object that somebody creates.
func validate(object runtime.Object) (field.ErrorList, error) {
	if named, ok := object.(metav1.Object); ok && named.GetNamespace() == "" {
		named.SetNamespace(metav1.NamespaceDefault)
	}
	switch it := object.(type) {
	case *apps.Deployment:
		return appsvalidation.ValidateDeployment(it, optionsOf(&it.Spec.Template)), nil
	case *apps.StatefulSet:
		options := appsvalidation.StatefulSetValidationOptions{}
		return appsvalidation.ValidateStatefulSet(it, options, optionsOf(&it.Spec.Template)), nil
	case *batch.Job:
		options := batchvalidation.JobValidationOptions{
			PodValidationOptions:  optionsOf(&it.Spec.Template),
			RequirePrefixedLabels: true,
		}
		// The API server makes the selector before it looks.
		selects := true
		it.Spec.ManualSelector = &selects
		it.Spec.Selector = &metav1.LabelSelector{MatchLabels: it.Spec.Template.Labels}
		return batchvalidation.ValidateJobCreate(it, options), nil
	case *core.Pod:
		options := podoptions.GetValidationOptionsFromPodSpecAndMeta(&it.Spec, nil, &it.ObjectMeta, nil)
		return corevalidation.ValidatePodCreate(it, options), nil
	case *core.ConfigMap:
		return corevalidation.ValidateConfigMap(it), nil
	case *core.Secret:
		return corevalidation.ValidateSecret(it), nil
	case *core.Service:
		// The API server fills in one from the other before it looks.
		if it.Spec.ClusterIP != "" {
			it.Spec.ClusterIPs = []string{it.Spec.ClusterIP}
		}
		return corevalidation.ValidateServiceCreate(it), nil
	case *core.ServiceAccount:
		return corevalidation.ValidateServiceAccount(it), nil
	case *core.PersistentVolumeClaim:
		options := corevalidation.ValidationOptionsForPersistentVolumeClaim(it, nil)
		return corevalidation.ValidatePersistentVolumeClaim(it, options), nil
	case *autoscaling.HorizontalPodAutoscaler:
		options := autoscalingvalidation.HorizontalPodAutoscalerSpecValidationOptions{}
		return autoscalingvalidation.ValidateHorizontalPodAutoscaler(it, options), nil
	case *networking.NetworkPolicy:
		options := networkingvalidation.ValidationOptionsForNetworking(it, nil)
		return networkingvalidation.ValidateNetworkPolicy(it, options), nil
	case *networking.Ingress:
		return networkingvalidation.ValidateIngressCreate(it), nil
	case *policy.PodDisruptionBudget:
		options := policyvalidation.PodDisruptionBudgetValidationOptions{}
		return policyvalidation.ValidatePodDisruptionBudget(it, options), nil
	}
	return nil, errors.New("not a kind that this program knows")
}

func optionsOf(template *core.PodTemplateSpec) corevalidation.PodValidationOptions {
	return podoptions.GetValidationOptionsFromPodTemplate(template, nil)
}
