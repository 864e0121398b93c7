package fault

import (
	"encoding/hex"
	"reflect"
	"slices"
	"strconv"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// subject is an object that a call names.
type subject struct {
	name    string
	also    string // another name of it: a volume's key, an interface's MAC
	uuid    libvirt.UUID
	hasUUID bool
}

// finder appends the objects that a call names to buf; the first is the one that
// the call is about, the others have a part in it. args is the procedure's *A.
type finder func(args any, buf []subject) []subject

// ObjectOf returns a function that tells which object a call is about: its name
// and its UUID, either of which may be "". For objects that libvirt knows by
// something else, that is the name: a secret's usage, a volume's key or path, an
// interface's MAC address, a domain's ID in the look-up by ID. Of a document,
// such as DomainDefineXML has, it is what stands in it. ok is false if the call
// names none.
//
// It returns nil for procedures whose arguments never name an object. Make the
// function once for each procedure: that costs more than calling it.
func ObjectOf(p *rpc.Info) func(args any) (name, uuid string, ok bool) {
	find := finderOf(p)
	if find == nil {
		return nil
	}
	return func(args any) (name, uuid string, ok bool) {
		var buf [4]subject
		found := find(args, buf[:0])
		if len(found) == 0 {
			return "", "", false
		}
		s := found[0]
		if name = s.name; name == "" {
			name = s.also
		}
		if s.hasUUID {
			uuid = formatUUID(s.uuid)
		}
		return name, uuid, true
	}
}

// finderOf makes the finder of a procedure, or returns nil if its arguments name
// no object. What a field is for follows from its type and name; the types are
// go-libvirt's.
func finderOf(p *rpc.Info) finder {
	if p.Kind != rpc.KindCall {
		return nil
	}
	t := reflect.TypeOf(p.DecodeArgs(rpc.NewDecoder(nil))).Elem()
	if t.Kind() != reflect.Struct {
		return nil
	}
	var objects, texts []finder
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

func join(list []finder) finder {
	list = slices.Clip(list)
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return func(args any, buf []subject) []subject {
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

// objectField returns a finder for a field whose type is that of an object, an
// optional one or a list of them.
func objectField(t reflect.Type, i int) finder {
	if t.Kind() == reflect.Slice {
		if _, ok := appendObject(nil, reflect.New(t.Elem()).Interface()); !ok {
			return nil
		}
		return func(args any, buf []subject) []subject {
			list := reflect.ValueOf(args).Elem().Field(i)
			for j := range list.Len() {
				buf, _ = appendObject(buf, list.Index(j).Addr().Interface())
			}
			return buf
		}
	}
	if _, ok := appendObject(nil, reflect.New(t).Interface()); !ok {
		return nil
	}
	return func(args any, buf []subject) []subject {
		buf, _ = appendObject(buf, field(args, i))
		return buf
	}
}

// appendObject appends what an object of go-libvirt's is called by.
func appendObject(buf []subject, object any) ([]subject, bool) {
	var s subject
	switch o := object.(type) {
	case *libvirt.Domain:
		s = subject{name: o.Name, uuid: o.UUID, hasUUID: true}
	case *libvirt.Network:
		s = subject{name: o.Name, uuid: o.UUID, hasUUID: true}
	case *libvirt.StoragePool:
		s = subject{name: o.Name, uuid: o.UUID, hasUUID: true}
	case *libvirt.Nwfilter:
		s = subject{name: o.Name, uuid: o.UUID, hasUUID: true}
	case *libvirt.Secret:
		s = subject{name: o.UsageID, uuid: o.UUID, hasUUID: true}
	case *libvirt.NodeDevice:
		s = subject{name: o.Name}
	case *libvirt.Interface:
		s = subject{name: o.Name, also: o.Mac}
	case *libvirt.NwfilterBinding:
		s = subject{name: o.Portdev}
	case *libvirt.StorageVol:
		return append(buf, subject{name: o.Name, also: o.Key}, subject{name: o.Pool}), true
	case *libvirt.DomainSnapshot:
		buf = append(buf, subject{name: o.Name})
		return appendObject(buf, &o.Dom)
	case *libvirt.DomainCheckpoint:
		buf = append(buf, subject{name: o.Name})
		return appendObject(buf, &o.Dom)
	case *libvirt.NetworkPort:
		buf = append(buf, subject{uuid: o.UUID, hasUUID: true})
		return appendObject(buf, &o.Net)
	default:
		return buf, false
	}
	return append(buf, s), true
}

// textField returns a finder for a field that names an object in a look-up, or
// that holds its document.
func textField(procedure string, f reflect.StructField, i int) finder {
	lookup := strings.Contains(procedure, "Lookup")
	device := strings.HasPrefix(procedure, "NodeDevice")
	switch {
	case f.Name == "UUID" && lookup:
		return func(args any, buf []subject) []subject {
			return append(buf, subject{uuid: *field(args, i).(*libvirt.UUID), hasUUID: true})
		}
	case f.Name == "ID" && lookup:
		return func(args any, buf []subject) []subject {
			id := reflect.ValueOf(args).Elem().Field(i).Int()
			return append(buf, subject{name: strconv.FormatInt(id, 10)})
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

func nameField(i int) finder {
	return func(args any, buf []subject) []subject {
		if s := text(args, i); s != "" {
			buf = append(buf, subject{name: s})
		}
		return buf
	}
}

func documentField(i int) finder {
	return func(args any, buf []subject) []subject {
		if s, ok := scanDocument(text(args, i)); ok {
			buf = append(buf, s)
		}
		return buf
	}
}

// migrationParams reads VIR_MIGRATE_PARAM_DEST_NAME and _DEST_XML.
func migrationParams(i int) finder {
	return func(args any, buf []subject) []subject {
		params, _ := field(args, i).(*[]libvirt.TypedParam)
		if params == nil {
			return buf
		}
		for _, p := range *params {
			value, _ := p.Value.I.(string)
			switch p.Field {
			case "destination_name":
				buf = append(buf, subject{name: value})
			case "destination_xml":
				if s, ok := scanDocument(value); ok {
					buf = append(buf, s)
				}
			}
		}
		return buf
	}
}

func formatUUID(u libvirt.UUID) string {
	var b [36]byte
	hex.Encode(b[0:8], u[0:4])
	hex.Encode(b[9:13], u[4:6])
	hex.Encode(b[14:18], u[6:8])
	hex.Encode(b[19:23], u[8:10])
	hex.Encode(b[24:36], u[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// parseUUID reads a UUID in any of the forms that libvirt reads (virUUIDParse):
// with dashes anywhere between bytes, or none.
func parseUUID(s string) (u libvirt.UUID, ok bool) {
	n, err := hex.Decode(u[:], make32(s))
	return u, err == nil && n == len(u)
}

func make32(s string) []byte {
	b := []byte(strings.ReplaceAll(strings.TrimSpace(s), "-", ""))
	if len(b) != 2*libvirt.UUIDBuflen {
		return nil
	}
	return b
}
