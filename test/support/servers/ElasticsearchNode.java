import java.nio.file.Path;
import java.util.Map;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsUtils;

/** One node of Elasticsearch in this process: `FOLDER HTTP-PORT [SETTING=VALUE ...]`. */
public final class ElasticsearchNode {
    public static void main(String[] args) throws Exception {
        Settings.Builder settings = Settings.builder()
                .put("path.home", args[0])
                .put("cluster.name", "test")
                .put("node.name", "node")
                .put("network.host", "127.0.0.1")
                .put("http.port", args[1])
                .put("transport.port", "0")
                .put("discovery.type", "single-node")
                .put("node.store.allow_mmap", false);
        for (int index = 2; index < args.length; index++) {
            String[] setting = args[index].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        LogConfigurator.configureESLogging();
        Path config = Path.of(args[0], "config");
        Environment environment =
                InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), config, () -> "node");
        PluginsLoader loader = PluginsLoader.createPluginsLoader(
                PluginsUtils.getModuleBundles(environment.modulesDir(), descriptor -> true),
                PluginsUtils.getPluginBundles(environment.pluginsDir(), descriptor -> true),
                Map.of(),
                false);
        Node node = new Node(environment, loader);
        node.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception error) {
                error.printStackTrace();
            }
        }));
        Thread.currentThread().join();
    }
}
