package inventory

import (
	"strings"

	"github.com/dbbelt/belt/pkg/yamltext"
	"gopkg.in/yaml.v3"
)

// addServer writes a server behind the app's others, in the style of the last one.
func (d *document) addServer(app string, s Server) ([]byte, error) {
	appsKey, _, err := d.Descend("apps")
	if err != nil {
		return nil, err
	}
	key, value, err := d.Descend("apps", app)
	if err != nil {
		return nil, err
	}
	step := strings.Repeat(" ", max(1, key.Column-appsKey.Column))
	pair := yamltext.Quote(s.Name) + ": " + flowServer(s)
	serversKey, servers := yamltext.Child(value, "servers")

	switch {
	case serversKey != nil && servers.Kind == yaml.MappingNode && yamltext.IsFlow(servers):
		return d.InsertFlow(servers, pair)
	case serversKey != nil && servers.Kind == yaml.MappingNode:
		return d.appendServer(servers, s)
	case serversKey != nil && yamltext.IsNull(servers) && servers.Value == "" && !yamltext.IsFlow(value):
		indent, err := d.IndentOf(serversKey)
		return d.InsertLines(serversKey.Line-1, indent+step+pair), err
	case serversKey != nil:
		return nil, d.ByHand(servers, "servers is not a mapping that is written out here")
	case value.Kind == yaml.MappingNode && yamltext.IsFlow(value):
		return d.InsertFlow(value, "servers: {"+pair+"}")
	case value.Kind == yaml.MappingNode:
		indent, err := d.IndentOf(value.Content[0])
		return d.InsertLines(key.Line-1, indent+"servers:", indent+step+pair), err
	case yamltext.IsNull(value) && value.Value == "":
		indent, err := d.IndentOf(key)
		return d.InsertLines(key.Line-1, indent+step+"servers:", indent+step+step+pair), err
	}
	return nil, d.ByHand(value, "app "+app+" is not a mapping that is written out here")
}

// appendServer adds to servers that stand one below the other.
func (d *document) appendServer(servers *yaml.Node, s Server) ([]byte, error) {
	key, value := servers.Content[len(servers.Content)-2], servers.Content[len(servers.Content)-1]
	indent, err := d.IndentOf(key)
	if err != nil {
		return nil, err
	}
	last, err := d.LastLine(key, value)
	if err != nil {
		return nil, err
	}
	if value.Kind != yaml.MappingNode || yamltext.IsFlow(value) {
		return d.InsertLines(last, indent+yamltext.Quote(s.Name)+": "+flowServer(s)), nil
	}
	step := strings.Repeat(" ", max(1, value.Content[0].Column-key.Column))
	lines := []string{indent + yamltext.Quote(s.Name) + ":", indent + step + "address: " + yamltext.Quote(s.Address)}
	if s.Internal != "" {
		lines = append(lines, indent+step+"internal: "+yamltext.Quote(s.Internal))
	}
	if s.SSH.HostKey != "" {
		lines = append(lines, indent+step+"ssh:", indent+step+step+"host_key: "+yamltext.Quote(s.SSH.HostKey))
	}
	return d.InsertLines(last, lines...), nil
}

func flowServer(s Server) string {
	text := "{address: " + yamltext.Quote(s.Address)
	if s.Internal != "" {
		text += ", internal: " + yamltext.Quote(s.Internal)
	}
	if s.SSH.HostKey != "" {
		text += ", ssh: {host_key: " + yamltext.Quote(s.SSH.HostKey) + "}"
	}
	return text + "}"
}
