package naming

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Object is what an object is called: a call names some, and a state has them.
type Object struct {
	Name    string
	Also    string // another name of it: a volume's key, an interface's MAC
	UUID    libvirt.UUID
	HasUUID bool
}

// Finder appends the objects that a call names to buf; the first is the one that
// the call is about, the others have a part in it. args is the procedure's *A.
type Finder func(args any, buf []Object) []Object

// FinderOf makes the Finder of a procedure, or returns nil if its arguments name
// no object. What a field is for follows from its type and name; the types are
// go-libvirt's.
func FinderOf(p *rpc.Info) Finder {
	if p.Kind != rpc.KindCall {
		return nil
	}
	t := reflect.TypeOf(p.DecodeArgs(rpc.NewDecoder(nil))).Elem()
	if t.Kind() != reflect.Struct {
		return nil
	}
	var objects, texts []Finder
	for i := range t.NumField() {
		f := t.Field(i)
		if find := objectField(f.Type, i); find != nil {
			objects = append(objects, find)
		} else if find := textField(p.Name, f, i); find != nil {
			texts = append(texts, find)
		}
	}
	switch {
	case strings.HasPrefix(p.Name, "StorageVol"), strings.HasPrefix(p.Name, "NetworkPort"):
		// The pool that a volume is made in or looked up in comes second.
		return join(append(texts, objects...))
	case len(objects) == 0 || strings.HasPrefix(p.Name, "DomainSnapshot") || strings.HasPrefix(p.Name, "DomainCheckpoint"):
		return join(append(objects, texts...))
	}
	return join(objects) // its texts are devices, metadata and the like
}

func join(list []Finder) Finder {
	list = slices.Clip(list)
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return func(args any, buf []Object) []Object {
		for _, find := range list {
			buf = find(args, buf)
		}
		return buf
	}
}

// field returns a pointer to the i-th field of what args points to.
func field(args any, i int) any {
	return reflect.ValueOf(args).Elem().Field(i).Addr().Interface()
}

// objectField returns a Finder for a field whose type is that of an object, an
// optional one or a list of them.
func objectField(t reflect.Type, i int) Finder {
	if t.Kind() == reflect.Slice {
		if _, ok := AppendObject(nil, reflect.New(t.Elem()).Interface()); !ok {
			return nil
		}
		return func(args any, buf []Object) []Object {
			list := reflect.ValueOf(args).Elem().Field(i)
			for j := range list.Len() {
				buf, _ = AppendObject(buf, list.Index(j).Addr().Interface())
			}
			return buf
		}
	}
	if _, ok := AppendObject(nil, reflect.New(t).Interface()); !ok {
		return nil
	}
	return func(args any, buf []Object) []Object {
		buf, _ = AppendObject(buf, field(args, i))
		return buf
	}
}

// AppendObject appends what an object of go-libvirt's, given as a pointer, is called by.
// It reports false for anything else.
func AppendObject(buf []Object, object any) ([]Object, bool) {
	var s Object
	switch o := object.(type) {
	case *libvirt.Domain:
		s = Object{Name: o.Name, UUID: o.UUID, HasUUID: true}
	case *libvirt.Network:
		s = Object{Name: o.Name, UUID: o.UUID, HasUUID: true}
	case *libvirt.StoragePool:
		s = Object{Name: o.Name, UUID: o.UUID, HasUUID: true}
	case *libvirt.Nwfilter:
		s = Object{Name: o.Name, UUID: o.UUID, HasUUID: true}
	case *libvirt.Secret:
		s = Object{Name: o.UsageID, UUID: o.UUID, HasUUID: true}
	case *libvirt.NodeDevice:
		s = Object{Name: o.Name}
	case *libvirt.Interface:
		s = Object{Name: o.Name, Also: o.Mac}
	case *libvirt.NwfilterBinding:
		s = Object{Name: o.Portdev}
	case *libvirt.StorageVol:
		return append(buf, Object{Name: o.Name, Also: o.Key}, Object{Name: o.Pool}), true
	case *libvirt.DomainSnapshot:
		buf = append(buf, Object{Name: o.Name})
		return AppendObject(buf, &o.Dom)
	case *libvirt.DomainCheckpoint:
		buf = append(buf, Object{Name: o.Name})
		return AppendObject(buf, &o.Dom)
	case *libvirt.NetworkPort:
		buf = append(buf, Object{UUID: o.UUID, HasUUID: true})
		return AppendObject(buf, &o.Net)
	default:
		return buf, false
	}
	return append(buf, s), true
}

// textField returns a Finder for a field that names an object in a look-up, or
// that holds its document.
func textField(procedure string, f reflect.StructField, i int) Finder {
	lookup := strings.Contains(procedure, "Lookup")
	device := strings.HasPrefix(procedure, "NodeDevice")
	switch {
	case f.Name == "UUID" && lookup:
		return func(args any, buf []Object) []Object {
			return append(buf, Object{UUID: *field(args, i).(*libvirt.UUID), HasUUID: true})
		}
	case f.Name == "ID" && lookup:
		return func(args any, buf []Object) []Object {
			id := reflect.ValueOf(args).Elem().Field(i).Int()
			return append(buf, Object{Name: strconv.FormatInt(id, 10)})
		}
	case f.Type.Kind() == reflect.String && lookup && slices.Contains([]string{"Name", "Key", "Path", "Mac", "UsageID"}, f.Name),
		f.Name == "Name" && device, f.Name == "Dname":
		return nameField(i)
	case f.Name == "Params" && strings.HasPrefix(procedure, "DomainMigrate"):
		return migrationParams(i)
	case strings.HasPrefix(procedure, "Connect"), device && strings.HasSuffix(procedure, "Update"):
		return nil // documents that are no object's, or that change a known one
	case f.Name == "XML", f.Name == "XMLDesc", f.Name == "DomXML", f.Name == "Dxml":
		return documentField(i)
	}
	return nil
}

// text reads a string, or an optional one, which go-libvirt has as a list.
func text(args any, i int) string {
	v := reflect.ValueOf(args).Elem().Field(i)
	if v.Kind() == reflect.String {
		return v.String()
	}
	if v.Len() == 0 {
		return ""
	}
	return v.Index(0).String()
}

func nameField(i int) Finder {
	return func(args any, buf []Object) []Object {
		if s := text(args, i); s != "" {
			buf = append(buf, Object{Name: s})
		}
		return buf
	}
}

func documentField(i int) Finder {
	return func(args any, buf []Object) []Object {
		if s, ok := ScanDocument(text(args, i)); ok {
			buf = append(buf, s)
		}
		return buf
	}
}

// migrationParams reads VIR_MIGRATE_PARAM_DEST_NAME and _DEST_XML.
func migrationParams(i int) Finder {
	return func(args any, buf []Object) []Object {
		params, _ := field(args, i).(*[]libvirt.TypedParam)
		if params == nil {
			return buf
		}
		for _, p := range *params {
			value, _ := p.Value.I.(string)
			switch p.Field {
			case "destination_name":
				buf = append(buf, Object{Name: value})
			case "destination_xml":
				if s, ok := ScanDocument(value); ok {
					buf = append(buf, s)
				}
			}
		}
		return buf
	}
}

// FieldOf returns a function that reads the number in a field of a procedure's
// arguments, such as Flags; nil if there is no such field.
func FieldOf(p *rpc.Info, name string) func(args any) uint64 {
	t := reflect.TypeOf(p.DecodeArgs(rpc.NewDecoder(nil))).Elem()
	f, ok := t.FieldByName(name)
	if !ok {
		return nil
	}
	i := f.Index[0]
	if v := reflect.Zero(f.Type); v.CanUint() {
		return func(args any) uint64 { return reflect.ValueOf(args).Elem().Field(i).Uint() }
	} else if !v.CanInt() {
		return nil
	}
	return func(args any) uint64 { return uint64(reflect.ValueOf(args).Elem().Field(i).Int()) }
}
