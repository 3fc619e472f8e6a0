import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsUtils;

/** One node of Elasticsearch in this process: `FOLDER SETTING=VALUE ...`. */
public final class ElasticsearchNode {
    public static void main(String[] args) throws Exception {
        Settings.Builder settings = Settings.builder().put("path.home", args[0]);
        for (String setting : List.of(args).subList(1, args.length)) {
            settings.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
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
