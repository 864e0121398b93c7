package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"strings"
)

// codec is a struct whose encoding is to be generated.
type codec struct {
	name   string
	goType string // as package rpc writes it
	fields []field
	size   int  // the fewest bytes it takes on the wire
	mirror bool // declared anew in package rpc, see exported
}

// field is one field with the statements that read and write it, in which %s
// stands for the field of v.
type field struct {
	name     string
	typ      string // as package rpc writes it
	get, put string
	size     int    // the fewest bytes it takes on the wire
	limit    string // name of its limit, if it has one
}

// exported gives names to the fields that go-libvirt fails to export. Structs
// that have one, or contain one that has, are declared anew in package rpc.
var exported = map[string]string{
	"DomainDiskError.remote_error": "Error",
}

// codec returns the codec of a struct, with those of all structs in it.
func (m *model) codec(name string) (*codec, error) {
	if c, ok := m.codecs[name]; ok {
		return c, nil
	}
	st, ok := m.src.types[name].(*ast.StructType)
	if !ok {
		return nil, fmt.Errorf("%s is no struct", name)
	}
	c := &codec{name: name}
	for _, f := range st.Fields.List {
		if len(f.Names) != 1 {
			return nil, fmt.Errorf("%s has a field that is not plainly named", name)
		}
		out := field{name: f.Names[0].Name}
		if !ast.IsExported(out.name) {
			c.mirror = true
			if out.name = exported[name+"."+out.name]; out.name == "" {
				return nil, fmt.Errorf("%s.%s is not exported: give it a name in codec.go", name, f.Names[0].Name)
			}
		}
		inner, err := m.field(&out, name, f.Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", name, out.name, err)
		}
		if inner != nil && inner.mirror {
			c.mirror = true
		}
		c.fields = append(c.fields, out)
		c.size += out.size
	}
	c.goType = "libvirt." + name
	if c.mirror {
		c.goType = name
	}
	m.codecs[name] = c
	return c, nil
}

// field finds out how a field travels. It returns the codec of the struct in
// it, if there is one.
func (m *model) field(f *field, owner string, typ ast.Expr) (*codec, error) {
	one := func(kind string, size int) { // a single value
		f.size, f.get, f.put = size, "get"+kind+"(d, &%s)", "put"+kind+"(e, %s)"
	}
	many := func(kind string) error { // a value with a length word and a limit
		f.limit = m.limitOf[owner+"."+f.name]
		if f.limit == "" {
			return fmt.Errorf("limits.txt: no limit for %s.%s", owner, f.name)
		}
		f.size, f.get, f.put = 4, "get"+kind+"(d, &%s, "+f.limit+")", "put"+kind+"(e, %s, "+f.limit+")"
		return nil
	}
	f.typ = typeString(typ)
	switch bits := m.src.integerBits(typ); {
	case bits == 64:
		one("Hyper", 8)
		return nil, nil
	case bits > 0:
		one("Word", 4)
		return nil, nil
	}
	switch t := typ.(type) {
	case *ast.Ident:
		if t.Name == "string" {
			one("String", 4)
			f.put = "putString(e, &%s)"
			return nil, nil
		}
		return m.named(f, t.Name)
	case *ast.ArrayType:
		bits := m.src.integerBits(t.Elt)
		elt, _ := t.Elt.(*ast.Ident)
		switch {
		case elt == nil:
		case t.Len != nil:
			return nil, m.array(f, t, bits)
		case elt.Name == "byte":
			if err := many("Opaque"); err != nil {
				return nil, err
			}
			return nil, nil
		case bits == 64:
			return nil, many("Hypers")
		case bits > 0:
			return nil, many("Words")
		case elt.Name == "string":
			return nil, many("Strings")
		default:
			inner, err := m.codec(elt.Name)
			if err != nil {
				return nil, err
			}
			f.typ = "[]" + inner.goType
			err = many("List")
			f.get = fmt.Sprintf("getList(d, &%%s, %s, %d, get%s)", f.limit, inner.size, elt.Name)
			f.put = fmt.Sprintf("putList(e, %%s, %s, put%s)", f.limit, elt.Name)
			return inner, err
		}
	}
	return nil, fmt.Errorf("type %s is new to the generator", typeString(typ))
}

// named is field for a type with a name of go-libvirt's.
func (m *model) named(f *field, name string) (*codec, error) {
	switch def := m.src.types[name].(type) {
	case *ast.StructType:
		f.get, f.put = "get"+name+"(d, &%s)", "put"+name+"(e, &%s)"
		if name == "TypedParamValue" {
			// The union, which is written by hand: its type and at least a word.
			f.size = 8
			return nil, nil
		}
		inner, err := m.codec(name)
		if err == nil {
			f.typ, f.size = inner.goType, inner.size
		}
		return inner, err
	case *ast.ArrayType:
		if def.Len != nil {
			return nil, m.array(f, def, m.src.integerBits(def.Elt))
		}
		// libvirt's pointers became slices of at most one element.
		elt, ok := def.Elt.(*ast.Ident)
		if !ok || !strings.HasPrefix(name, "Opt") {
			break
		}
		inner := elt.Name
		if inner == "string" {
			inner = "String[string]"
		} else if _, err := m.codec(inner); err != nil {
			return nil, err
		}
		f.size = 4
		f.get = fmt.Sprintf("getOptional(d, &%%s, get%s)", inner)
		f.put = fmt.Sprintf("putOptional(e, %%s, put%s)", inner)
		return nil, nil
	}
	return nil, fmt.Errorf("type %s is new to the generator", name)
}

// array is field for arrays of fixed length: opaque data like a UUID, or C's
// chars of four bytes each.
func (m *model) array(f *field, t *ast.ArrayType, bits int) error {
	n, err := m.src.arrayLen(t)
	if err != nil {
		return err
	}
	elt, _ := t.Elt.(*ast.Ident)
	switch {
	case elt != nil && elt.Name == "byte":
		f.size, f.get, f.put = (n+3)&^3, "d.Fixed(%s[:])", "e.Fixed(%s[:])"
	case bits > 0 && bits < 64:
		f.size, f.get, f.put = 4*n, "getFixedWords(d, %s[:])", "putFixedWords(e, %s[:])"
	default:
		return fmt.Errorf("type %s is new to the generator", typeString(t))
	}
	return nil
}

// typeString writes a type as package rpc does.
func typeString(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.Ident:
		if ast.IsExported(t.Name) {
			return "libvirt." + t.Name
		}
		return t.Name
	case *ast.ArrayType:
		if t.Len == nil {
			return "[]" + typeString(t.Elt)
		}
	}
	return fmt.Sprintf("%T", e)
}

// write writes the two functions of the codec.
func (c *codec) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "\nfunc get%s(d *Decoder, v *%s) {\n", c.name, c.goType)
	for _, f := range c.fields {
		fmt.Fprintf(b, "\t"+f.get+"\n", "v."+f.name)
	}
	fmt.Fprintf(b, "}\n\nfunc put%s(e *Encoder, v *%s) {\n", c.name, c.goType)
	for _, f := range c.fields {
		fmt.Fprintf(b, "\t"+f.put+"\n", "v."+f.name)
	}
	b.WriteString("}\n")
}
