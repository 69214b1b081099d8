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
# values
required = 此项必填。
too-long = 最多 { $max } 个字符。
control-character = 文字含有无法显示的字符。
phone = 不是中国大陆手机号。
person-name = 不是有效的姓名。
# lead
lead-consent-share = 该门店为独立公司,请先同意向其提供个人信息(SHARE_WITH_DEALER)。
lead-consent-twice = 同一用途重复提交。
lead-consents-max = 最多 { $max } 项同意。
lead-assign-whom = 请指定门店或其员工。
lead-assign-own-store = 只能在本门店内分配。
lead-note-needed = 请在备注中说明原因。
lead-closed = 该线索未在跟进中。
follow-up-due = 时间须在未来 { $days } 天之内。
# inventory
near-missing = 按距离排序需要提供 `near`。
summary-filter = 客户只能按配置、车型、城市和大区查询。
latitude = 纬度须在 -90 到 90 之间。
longitude = 经度须在 -180 到 180 之间。
radius = 半径须大于 0 公里。
city-code = 应为六位城市代码,例如 310100。
hold-minutes = 保留时长须为 { $min } 到 { $max } 分钟。
hold-none = 当前没有可释放的保留。
hold-foreign = 只有做出保留的门店或运营人员可以释放。
