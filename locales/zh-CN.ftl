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
city-code = 不是六位城市代码。
email = 不是有效的电子邮箱。
month = 月份须为 1 到 12。
locale = 不支持的语言,请使用 `zh-CN` 或 `en`。
# customer
consent-withdraw-which = 请指定用途或某一项同意,二者选一。
account-open-order = 有订单正在进行,账户仍需使用。
account-open-loan = 有贷款未结清,账户仍需使用。
account-points-dispute = 有积分争议未解决,账户仍需使用。
# loyalty
points-range = 积分须为 1 到 { $max }。
points-days = 天数须为 0 到 { $max }。
points-rule = 没有此代码的积分规则。
points-duplicate = 此来源已按此规则发放过积分。
points-daily-cap = 此规则今天最多还可发放 { $max } 积分。
redemption-which = 请指定兑换品或积分数,二者选一。
redemption-item-unavailable = 该兑换品目前无法兑换。
