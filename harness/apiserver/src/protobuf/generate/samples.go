package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Deepest nesting of what is filled in.
const levels = 6

// Writes a full object of each kind, as protobuf and as JSON.
func samples(kinds []schema.GroupVersionKind, known map[schema.GroupVersionKind]reflect.Type) {
	for _, kind := range kinds {
		object := reflect.New(known[kind])
		filler := &filler{}
		filler.fill(object.Elem(), 0)
		if meta := object.Elem().FieldByName("TypeMeta"); meta.IsValid() {
			meta.Set(reflect.ValueOf(metav1.TypeMeta{}))
		}
		wire, err := object.Interface().(interface{ Marshal() ([]byte, error) }).Marshal()
		must(err)
		text, err := json.Marshal(object.Interface())
		must(err)
		fmt.Printf("%s %s %s %s\n", kind.GroupVersion(), kind.Kind, base64.StdEncoding.EncodeToString(wire), text)
	}
}

type filler struct{ count int }

func (f *filler) fill(value reflect.Value, level int) {
	if level > levels {
		return
	}
	f.count++
	if f.special(value, level) {
		return
	}
	switch value.Kind() {
	case reflect.String:
		value.SetString(fmt.Sprintf("t%d", f.count))
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Int32, reflect.Int64:
		value.SetInt(int64(f.count))
	case reflect.Uint8:
		value.SetUint(uint64(f.count % 200))
	case reflect.Float64:
		value.SetFloat(float64(f.count) + 0.5)
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		f.fill(value.Elem(), level)
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		f.fill(value.Index(0), level+1)
	case reflect.Map:
		value.Set(reflect.MakeMap(value.Type()))
		key, item := reflect.New(value.Type().Key()).Elem(), reflect.New(value.Type().Elem()).Elem()
		f.fill(key, level)
		f.fill(item, level+1)
		value.SetMapIndex(key, item)
	case reflect.Struct:
		for number := 0; number < value.NumField(); number++ {
			if value.Field(number).CanSet() && value.Type().Field(number).Tag.Get("protobuf") != "" {
				f.fill(value.Field(number), level+1)
			}
		}
	}
}

func (f *filler) special(value reflect.Value, level int) bool {
	var found any
	moment := time.Date(2026, 11, 25, 19, 49, 44, 120000, time.UTC)
	switch value.Interface().(type) {
	case metav1.Time:
		found = metav1.Time{Time: moment}
	case metav1.MicroTime:
		found = metav1.MicroTime{Time: moment}
	case resource.Quantity:
		found = resource.MustParse("10Gi")
	case metav1.FieldsV1:
		found = metav1.FieldsV1{Raw: []byte(`{"f:a":{}}`)}
	case runtime.RawExtension:
		found = runtime.RawExtension{Raw: []byte(`{"k":1}`)}
	case apiextensions.JSON:
		found = apiextensions.JSON{Raw: []byte(`[1,"x"]`)}
	case intstr.IntOrString:
		if f.count%2 == 0 {
			found = intstr.FromInt32(int32(f.count))
		} else {
			found = intstr.FromString("http")
		}
	case apiextensions.JSONSchemaPropsOrArray:
		props := apiextensions.JSONSchemaProps{Type: "string"}
		found = apiextensions.JSONSchemaPropsOrArray{Schema: &props}
		if f.count%2 == 0 {
			found = apiextensions.JSONSchemaPropsOrArray{JSONSchemas: []apiextensions.JSONSchemaProps{props}}
		}
	case apiextensions.JSONSchemaPropsOrBool:
		props := apiextensions.JSONSchemaProps{Type: "string"}
		found = apiextensions.JSONSchemaPropsOrBool{Allows: true}
		if f.count%2 == 0 {
			found = apiextensions.JSONSchemaPropsOrBool{Allows: true, Schema: &props}
		}
	case apiextensions.JSONSchemaPropsOrStringArray:
		found = apiextensions.JSONSchemaPropsOrStringArray{Property: []string{"a", "b"}}
	default:
		return false
	}
	value.Set(reflect.ValueOf(found))
	return true
}
