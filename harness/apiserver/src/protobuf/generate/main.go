// Writes the table of protobuf messages of the built-in kinds, from the struct tags of the Go
// types that real clients are built with:
//
//	go run . > ../messages.txt
//	go run . samples > ../samples.txt
//
// The form of the table is told in ../table.rs. The samples are what the same types write, to see
// that it is read as it is meant.
package main

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// Types that are written in JSON in a way of their own.
var special = map[string]string{
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":                                             "t",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":                                        "u",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":                                         "j",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":                                         "q",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":                                       "x",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":                                          "j",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON":                         "j",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrArray":       "A",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrBool":        "B",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrStringArray": "C",
}

var stable = regexp.MustCompile(`^v\d+$`)

type table struct {
	index    map[reflect.Type]int
	messages []string
}

func main() {
	must(apiextensions.AddToScheme(scheme.Scheme))
	must(apiregistration.AddToScheme(scheme.Scheme))
	known := scheme.Scheme.AllKnownTypes()
	kinds := make([]schema.GroupVersionKind, 0, len(known))
	for kind := range known {
		options := strings.HasSuffix(kind.Kind, "Options") && kind.Kind != "DeleteOptions"
		list := strings.HasSuffix(kind.Kind, "List")
		internal := kind.Kind == "WatchEvent" || kind.Kind == "RangeAllocation"
		// Every group has the options of a deletion, and they are the same.
		again := kind.Kind == "DeleteOptions" && kind.Group != ""
		meta := strings.HasPrefix(known[kind].PkgPath(), "k8s.io/apimachinery/") && kind.Kind != "DeleteOptions"
		if stable.MatchString(kind.Version) && !options && !list && !internal && !again && !meta {
			kinds = append(kinds, kind)
		}
	}
	sort.Slice(kinds, func(a, b int) bool { return kinds[a].String() < kinds[b].String() })
	if len(os.Args) > 1 && os.Args[1] == "samples" {
		samples(kinds, known)
		return
	}
	all := &table{index: map[reflect.Type]int{}}
	var head strings.Builder
	for _, kind := range kinds {
		index := all.message(known[kind])
		fmt.Fprintf(&head, "= %s %s %d\n", kind.GroupVersion(), kind.Kind, index)
	}
	fmt.Print(head.String(), strings.Join(all.messages, ""))
}

// The index of a message, which is entered in the table if it is new.
func (t *table) message(message reflect.Type) int {
	if index, found := t.index[message]; found {
		return index
	}
	index := len(t.messages)
	t.index[message] = index
	t.messages = append(t.messages, "")
	var text strings.Builder
	fmt.Fprintf(&text, "- %s\n", message.Name())
	for number := 0; number < message.NumField(); number++ {
		field := message.Field(number)
		tag, found := field.Tag.Lookup("protobuf")
		if !found {
			continue
		}
		parts := strings.Split(tag, ",")
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			name = "-"
		}
		fmt.Fprintf(&text, "%s %s %s\n", parts[1], name, t.field(field.Type, name, options))
	}
	t.messages[index] = text.String()
	return index
}

func (t *table) field(kind reflect.Type, name string, options string) string {
	optional := strings.Contains(options, "omitempty")
	switch {
	case name == "-":
		return "^" + t.base(kind)
	case kind.Kind() == reflect.Pointer && !wrapsList(kind.Elem()):
		return "*" + t.base(kind.Elem())
	case kind.Kind() == reflect.Map:
		return "{" + t.base(kind.Elem())
	case kind.Kind() == reflect.Slice && kind.Elem().Kind() != reflect.Uint8 && !wrapsList(kind):
		return "[" + t.base(kind.Elem())
	}
	base := t.base(kind)
	if !optional && strings.Contains("bidx", base) {
		return "!" + base
	}
	return base
}

// Is it a named list with a message of its own around it?
func wrapsList(kind reflect.Type) bool {
	return kind.Kind() == reflect.Slice && (kind.Name() == "ExtraValue" || kind.Name() == "Verbs")
}

func (t *table) base(kind reflect.Type) string {
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	path := kind.PkgPath() + "." + kind.Name()
	if code, found := special[path]; found {
		if code == "A" || code == "B" || code == "C" {
			code += fmt.Sprint(t.message(reflect.TypeOf(apiextensions.JSONSchemaProps{})))
		}
		return code
	}
	switch kind.Kind() {
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Int32, reflect.Int64, reflect.Uint8:
		return "i"
	case reflect.Float64:
		return "d"
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.Uint8 {
			return "y"
		}
		if wrapsList(kind) {
			return "l"
		}
	case reflect.Struct:
		return fmt.Sprint(t.message(kind))
	}
	fmt.Fprintln(os.Stderr, "no code for", path, kind)
	os.Exit(1)
	return ""
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
