# 每个键一条文案;两个文件的键相同(有测试检查)。
sign-in = 请先登录。
forbidden = 您无权访问。
not-found = 未找到您可查看的内容。
internal = 系统出现问题,咨询时请提供编号:{ $requestId }
unavailable = 所需的服务暂时没有响应,请重试。
first = `first` 必须在 1 到 { $max } 之间。
cursor = 游标不属于此列表,请去掉 `after` 重新开始。
id = 应为形如 { $expected }_01J… 的标识。
length = 文字长度须为 1 到 { $max } 个字符。
too-many-ids = 一次最多 { $max } 个标识。
token = 令牌无效。
key-length = 幂等键长度须为 1 到 { $max } 个字符。
key-reused = 此幂等键已用于其他内容。
key-in-progress = 使用此幂等键的首个请求尚未结束,请重试。
invalid-transition = 当前状态 { $from } 不能执行 { $action }。
version-conflict = 内容已被更新,当前版本为 { $version }。
vehicle-unavailable = 该车已不可用。
insufficient-points = 可用积分 { $available },需要 { $needed }。

# catalog
configuration-unknown-option = 该车型没有选装 { $options }。
configuration-one-of-group = { $group }只能选一项,已选:{ $options }。
configuration-group-required = 请选择{ $group }。
configuration-requires = { $options } 需要同时选择 { $wanted }。
configuration-excludes = 以下选项不能同时选择:{ $options }。
configuration-only-with-trim = { $options } 仅适用于 { $wanted }。
configuration-blocked = 所选配置违反规则 { $rules }:{ $message }
no-price = 该版本暂无价格。
city-code = 不是有效的城市代码,例如 310100。
required = 缺少必填内容。
latitude = 纬度须在 -90 到 90 之间。
longitude = 经度须在 -180 到 180 之间。
radius = 半径不能小于 0 公里。
